// page: the button for dark and light, and one to copy what is to be typed. A
// page reads as well without them.
(() => {
    const root = document.documentElement;
    const button = document.getElementById("theme");
    const system = matchMedia("(prefers-color-scheme: dark)");
    const dark = () => root.dataset.theme
        ? root.dataset.theme === "dark" : system.matches;
    const label = () => { button.textContent = dark() ? "Light" : "Dark"; };

    button.hidden = false;
    label();
    system.addEventListener("change", label);
    button.addEventListener("click", () => {
        root.dataset.theme = dark() ? "light" : "dark";
        label();
        try { localStorage.setItem("theme", root.dataset.theme); } catch {}
    });

    async function copy(pre, told) {
        const typed = [...pre.querySelectorAll(".typed kbd")];
        const text = typed.map((line) => line.textContent + "\n").join("");
        try {
            await navigator.clipboard.writeText(text);
            told.textContent = "Copied";
        } catch { // not allowed: at least they are selected
            const range = document.createRange();
            range.selectNodeContents(pre);
            getSelection().removeAllRanges();
            getSelection().addRange(range);
            told.textContent = "Selected";
        }
        setTimeout(() => { told.textContent = "Copy"; }, 2000);
    }
    for (const pre of document.querySelectorAll(".console pre")) {
        const copier = document.createElement("button");
        copier.type = "button";
        copier.className = "copy";
        copier.textContent = "Copy";
        copier.title = "Copy the commands, without their output";
        copier.addEventListener("click", () => copy(pre, copier));
        pre.after(copier);
    }

    // What scrolls can be reached with the Tab key.
    function reachable() {
        for (const pre of document.querySelectorAll("pre"))
            if (pre.scrollWidth > pre.clientWidth)
                pre.tabIndex = 0;
            else
                pre.removeAttribute("tabindex");
    }
    reachable();
    addEventListener("resize", reachable);
})();
