// Keeps the panel's preview true. The page compares what the controls show with what was last asked for, because
// neither typing nor a paste can be trusted to reach the server in order, and asks again until both agree.
(function () {
    "use strict";
    const EVERY = 200;
    const PATIENCE = 5000;
    const WATCHED = [
        "#pure_negative_tick", "#txt2img_width", "#txt2img_height", "#txt2img_cfg_scale", "#txt2img_steps",
        "#txt2img_sampling", "#txt2img_scheduler", "#txt2img_hr-checkbox", "#txt2img_neg_prompt",
    ];
    let asked = "";
    let askedAt = 0;
    let answered = "";
    let touched = true;
    let listed = false;
    let opened = false;
    let used = false;

    function shown() {
        const fields = WATCHED.flatMap((id) => [...gradioApp().querySelectorAll(id + " input, " + id + " textarea")]);
        return fields.map((field) => (field.type === "checkbox" ? field.checked : field.value)).join("\n");
    }

    function answer() {
        const mark = gradioApp().querySelector("#pure_negative_preview [data-at]");
        return mark ? mark.dataset.at : "";
    }

    // Ticked and closed, the accordion's title says what is on.
    function isShown() {
        const preview = gradioApp().querySelector("#pure_negative_preview");
        const tick = gradioApp().querySelector("#pure_negative_tick-checkbox input");
        return Boolean((preview && preview.offsetParent) || (tick && tick.checked));
    }

    // The list of presets is built with the page, once for all who open it: it is asked for when the server first
    // answers, and by whoever comes back from another page, where a preset may have been saved.
    function list() {
        const button = gradioApp().querySelector("#pure_negative_listing");
        if (!button || !answer()) return;
        listed = true;
        button.click();
    }

    // Once the checkpoint is known, which may be long after the page is there, and only while nobody has used the panel.
    function open() {
        const tick = gradioApp().querySelector("#pure_negative_tick-checkbox input");
        const known = gradioApp().querySelector("#pure_negative_preview [data-model]");
        used = used || !tick || tick.checked;
        if (opened || used || !known) return;
        opened = true;
        gradioApp().querySelector("#pure_negative_opening").click();
    }

    function look() {
        const button = gradioApp().querySelector("#pure_negative_refresh");
        if (!button || document.hidden) return;
        count();
        if (!listed) list();
        if (answer()) open();
        if (!opened && !used && asked && Date.now() - askedAt > PATIENCE) asked = "";
        if (asked && !isShown()) return;
        const now = shown();
        const busy = askedAt && answer() === answered && Date.now() - askedAt < PATIENCE;
        if (busy || (now === asked && !touched)) return;
        asked = now;
        askedAt = Date.now();
        answered = answer();
        touched = false;
        button.click();
    }

    // The sheet's cells, batches and time, whenever what it is made of has changed.
    let counted = "";
    function count() {
        const sheet = gradioApp().querySelector("#pure_negative_sheet_x_values");
        if (!sheet || !sheet.offsetParent) return;
        const fields = [...gradioApp().querySelectorAll("[id^=pure_negative_sheet_] :is(input, textarea)")];
        const now = shown() + fields.map((field) => (field.type === "checkbox" ? field.checked : field.value)).join("\n");
        if (now === counted) return;
        counted = now;
        gradioApp().querySelector("#pure_negative_sheet_count").click();
    }

    // A choice in a list or a field that is left can change the value without changing what is shown.
    function touch(event) {
        if (!event.target.closest || event.target.closest(".pure-negative-hidden")) return;
        if (event.target.closest("#pure_negative_tick")) touched = used = true;
    }

    onUiLoaded(function () {
        for (const name of ["focusout", "click", "keyup"]) document.addEventListener(name, touch);
        window.addEventListener("focus", list);
        setInterval(look, EVERY);
    });
    onOptionsChanged(function () {
        touched = true;
    });
})();
