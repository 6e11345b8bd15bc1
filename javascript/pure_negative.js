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
    const FIELDS = " :is(input, textarea)";
    let listed = false;
    let opened = false;
    let used = false;

    // Asks the server by pressing a hidden button. gradio 3 drops what is asked while it still answers: what has changed
    // meanwhile is asked after the answer, and where that takes long, at once and after it, since it may be dropped.
    function asker(button, answer) {
        let asked = "";
        let askedAt = 0;
        let answered = "";
        let again = true;
        const never = () => askedAt === 0;
        const overdue = () => !never() && Date.now() - askedAt > PATIENCE;

        function ask(now) {
            const waiting = !never() && answer() === answered;
            if ((now === asked && !again) || (waiting && !overdue())) return;
            again = waiting;
            asked = now;
            askedAt = Date.now();
            answered = answer();
            gradioApp().querySelector(button).click();
        }

        function touch() {
            again = true;
        }

        return {ask, never, overdue, touch};
    }

    function time(css) {
        const mark = gradioApp().querySelector(css + " [data-at]");
        return mark ? mark.dataset.at : "";
    }

    const answer = () => time("#pure_negative_preview");
    const plan = asker("#pure_negative_refresh", answer);
    const count = asker("#pure_negative_sheet_count", () => time("#pure_negative_sheet_told"));

    function values(css) {
        const fields = [...gradioApp().querySelectorAll(css)];
        return fields.map((field) => (field.type === "checkbox" ? field.checked : field.value)).join("\n");
    }

    const shown = () => values(WATCHED.map((id) => id + FIELDS).join(", "));

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
        if (!gradioApp().querySelector("#pure_negative_refresh") || document.hidden) return;
        countSheet();
        if (!listed) list();
        if (answer()) open();
        if (!opened && !used && plan.overdue()) plan.touch();
        else if (!plan.never() && !isShown()) return;
        plan.ask(shown());
    }

    // The sheet's cells, batches and time, whenever what it is made of has changed.
    function countSheet() {
        const sheet = gradioApp().querySelector("#pure_negative_sheet_x_values");
        if (sheet && sheet.offsetParent) count.ask(shown() + values("[id^=pure_negative_sheet_]" + FIELDS));
    }

    // A choice in a list or a field that is left can change the value without changing what is shown.
    function touch(event) {
        if (!event.target.closest || event.target.closest(".pure-negative-hidden")) return;
        if (!event.target.closest("#pure_negative_tick")) return;
        used = true;
        plan.touch();
    }

    onUiLoaded(function () {
        for (const name of ["focusout", "click", "keyup"]) document.addEventListener(name, touch);
        window.addEventListener("focus", list);
        setInterval(look, EVERY);
    });
    onOptionsChanged(plan.touch);
})();
