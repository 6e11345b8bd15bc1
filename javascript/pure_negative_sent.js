// "Send to img2img" and "Send to inpaint" below txt2img's gallery copy what was typed, and img2img has no tick: it would
// run without the negative prompt. So img2img's box gets the one that the chosen picture was made with.
(function () {
    "use strict";
    const EVERY = 100;
    const PATIENCE = 4000;
    const BUTTONS = "#txt2img_send_to_img2img, #txt2img_send_to_inpaint";

    function box(id) {
        return gradioApp().querySelector(id + " textarea");
    }

    // The chosen picture's negative prompt; "" where its text does not say that we made it.
    function made() {
        const info = box("#generation_info_txt2img");
        if (!info || !info.value) return "";
        const told = JSON.parse(info.value);
        const place = Math.max(0, selected_gallery_index());
        const text = (told.infotexts || [])[place] || "";
        return /\bPure negative: /.test(text) ? (told.all_negative_prompts || [])[place] || "" : "";
    }

    // The WebUI copies what was typed some time after the click; whenever that stands there, it is replaced.
    function replace(whole, until) {
        const typed = box("#txt2img_neg_prompt").value;
        const found = box("#img2img_neg_prompt");
        if (found && found.value === typed && typed !== whole) {
            found.value = whole;
            updateInput(found);
        }
        if (Date.now() < until) setTimeout(() => replace(whole, until), EVERY);
    }

    document.addEventListener("click", function (event) {
        if (!event.target.closest || !event.target.closest(BUTTONS)) return;
        const whole = made();
        if (whole) replace(whole, Date.now() + PATIENCE);
    });
})();
