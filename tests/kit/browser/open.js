// open: a browser, and a page in it that may ask for nothing outside its file.
"use strict";
const path = require("path");
const puppeteer = require("puppeteer-core");

const launch = (chromium) => puppeteer.launch({
    executablePath: chromium,
    args: ["--disable-gpu", "--disable-background-networking",
        ...(process.getuid() === 0 ? ["--no-sandbox"] : [])],
});

// Opens `file` so many pixels wide, in light or dark ("scheme"), with movement
// ("motion") or, with "reduce", without. `complain` gets a line for each error,
// message and request of it, which begins with the page's `where`.
async function open_page(browser, file, { width, scheme, motion }, complain) {
    const page = await browser.newPage();

    page.where = `${path.basename(file)}, ${width} px, ${scheme}`;
    page.on("pageerror", (error) => complain(`${page.where}: ${error}`));
    page.on("console", (message) => {
        if (["error", "warn"].includes(message.type()))
            complain(`${page.where}: ${message.text()}`);
    });
    page.on("request", (request) => {
        if (!/^(file|data):/.test(request.url()))
            complain(`${page.where}: asks for ${request.url()}`);
    });
    await page.setOfflineMode(true);
    await page.setViewport({ width, height: 900 });
    await page.emulateMediaFeatures([
        { name: "prefers-color-scheme", value: scheme },
        { name: "prefers-reduced-motion", value: motion ?? "no-preference" }]);
    await page.goto("file://" + path.resolve(file));
    return page;
}

module.exports = { launch, open_page };
