// What the panel shows beside its controls, on every host and on the page of its own: the server's answer, in the
// preview's attributes, says what holds for each empty control, which of the tab's own are not used, and what the panel
// comes to in a line.
(function () {
    "use strict";
    const EVERY = 200;
    const OURS = "[id^=pure_negative_]";
    let shown = "";  // gradio 6 keeps the element and changes what it says
    let held = {};
    let marks = {};
    const TAB = {
        negative: ["#txt2img_neg_prompt"],
        size: ["#txt2img_width", "#txt2img_height"],
        cfg: ["#txt2img_cfg_scale"],
        steps: ["#txt2img_steps"],
        sampler: ["#txt2img_sampling"],
        scheduler: ["#txt2img_scheduler"],
        clip_skip: ["#quicksettings #setting_CLIP_stop_at_last_layers"],
        vae: ["#quicksettings #setting_sd_vae"],
    };
    let unfolded = false;

    function one(css) {
        return document.querySelector(css);
    }

    // A drop-down's field has no placeholder of its own, and a text's is the preset's while the tab's value may hold.
    // gradio 6 makes what stands in a closed group when that is opened.
    function fill() {
        for (const [name, text] of Object.entries(held)) {
            const field = one(`#pure_negative_${name} input:not([type=checkbox]), #pure_negative_${name} textarea`);
            if (field && field.placeholder !== text) field.placeholder = text;
        }
    }

    // In the title of the tick's accordion; the style sheet shows it while that is ticked and closed.
    function sum(text) {
        const title = one("#pure_negative_tick > .label-wrap");
        if (!title) return;
        let line = title.querySelector(".pure-negative-summary");
        if (!line) {
            line = document.createElement("span");
            line.className = "pure-negative-summary";
            title.insertBefore(line, title.lastElementChild);
        }
        line.textContent = text;
    }

    // The tab's own controls whose values will not be used; a click on the mark leaves that one to the tab.
    function mark() {
        const tick = one("#pure_negative_tick-checkbox input");
        for (const [part, places] of Object.entries(TAB)) {
            const said = tick && tick.checked ? marks[part] : null;
            for (const control of places.map(one).filter(Boolean)) said ? put(control, said) : take(control);
        }
    }

    function put(control, said) {
        let button = control.querySelector(".pure-negative-mark");
        if (!button) {
            button = document.createElement("button");
            button.type = "button";
            button.className = "pure-negative-mark";
            const number = control.querySelector(".head > :last-child");
            number ? number.before(button) : control.append(button);
            control.classList.add("pure-negative-set");
        }
        button.onclick = () => leave(said.at, control);
        if (button.title === said.title) return;
        button.textContent = said.text;
        button.title = said.title;
        button.setAttribute("aria-label", said.title);
    }

    function take(control) {
        const button = control.querySelector(".pure-negative-mark");
        if (!button) return;
        button.remove();
        control.classList.remove("pure-negative-set");
    }

    function leave(at, control) {
        const box = document.querySelectorAll("#pure_negative_leave input[type=checkbox]")[at];
        if (!box) {
            one("#pure_negative_group_leave .label-wrap").click();
            setTimeout(() => leave(at, control), EVERY);
            return;
        }
        if (!box.checked) box.click();
        take(control);
        marks = {};
    }

    // gradio 3 opens a group by the mouse alone. A title that holds a check box can't be a button itself: its arrow is.
    function reach() {
        for (const title of document.querySelectorAll(`${OURS} > .label-wrap`)) {
            if (title.tagName === "BUTTON") continue;
            const button = title.querySelector("input") ? title.querySelector(".icon") : title;
            if (!button) continue;
            const open = String(title.classList.contains("open"));
            if (button.getAttribute("aria-expanded") !== open) button.setAttribute("aria-expanded", open);
            if (button.getAttribute("role") === "button") continue;
            button.setAttribute("role", "button");
            button.tabIndex = 0;
            if (button !== title) button.setAttribute("aria-label", title.querySelector("span").textContent.trim());
            else title.querySelectorAll(".icon").forEach((icon) => icon.setAttribute("aria-hidden", "true"));
            button.addEventListener("keydown", function (event) {
                if (event.target !== button || (event.key !== "Enter" && event.key !== " ")) return;
                event.preventDefault();
                title.click();
            });
        }
    }

    // gradio 3 gives the number beside a slider no name, gradio 4 gives sliders and drop-downs one in English alone, and
    // the WebUI none to the check box in an accordion's title.
    function name() {
        const tick = one("#pure_negative_tick-visible-checkbox");
        const title = one("#pure_negative_tick > .label-wrap > span");
        if (tick && title && !tick.getAttribute("aria-label")) tick.setAttribute("aria-label", title.textContent.trim());
        const fields = `${OURS} input:is([type=number], [type=range], [role=listbox])`;
        for (const field of document.querySelectorAll(fields)) {
            const label = field.closest(OURS).querySelector("label, [data-testid=block-info]");
            const text = label ? label.innerText.trim() : "";
            if (text && field.getAttribute("aria-label") !== text) field.setAttribute("aria-label", text);
        }
    }

    function look() {
        reach();
        name();
        fill();
        mark();
        const answer = one("#pure_negative_preview [data-at]");
        if (!answer || answer.dataset.at === shown) return;
        shown = answer.dataset.at;
        const folded = answer.querySelector("details.folded");
        if (folded) folded.open = unfolded;
        if (answer.dataset.held) held = JSON.parse(answer.dataset.held);
        marks = JSON.parse(answer.dataset.marks || "{}");
        sum(answer.dataset.summary || "");
    }

    // Every answer draws the hints anew; they stay as the user left them.
    function folded(event) {
        if (event.target.matches && event.target.matches("#pure_negative_preview details.folded")) {
            unfolded = event.target.open;
        }
    }

    // By the WebUI's own function behind the cards of its checkpoints.
    function load(event) {
        const button = event.target.closest && event.target.closest(".pure-negative-load");
        if (button) selectCheckpoint(button.dataset.checkpoint);
    }

    document.addEventListener("click", load);
    document.addEventListener("toggle", folded, true);
    setInterval(look, EVERY);
})();
