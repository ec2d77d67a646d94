// theme: the reader's choice, before anything is drawn
try {
    const theme = localStorage.getItem("theme");
    if (theme === "dark" || theme === "light")
        document.documentElement.dataset.theme = theme;
} catch {}
