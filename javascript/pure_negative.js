// Keeps the panel's preview fresh: when the page is there, and when the loaded checkpoint changes.
(function () {
    "use strict";
    let checkpoint = "";

    function refresh() {
        const button = gradioApp().querySelector("#pure_negative_refresh");
        if (button) button.click();
    }

    onUiLoaded(refresh);
    onOptionsChanged(function () {
        const loaded = opts.sd_checkpoint_hash || opts.sd_model_checkpoint || "";
        if (loaded !== checkpoint) {
            checkpoint = loaded;
            refresh();
        }
    });
})();
