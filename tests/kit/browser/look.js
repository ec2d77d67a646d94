// look: opens pages from a folder in a real browser, without a network, in
// light and dark, narrow and wide, and as for paper. Prints one line for each
// thing that is wrong, and at the end how many views it has looked at.
//
// usage: node look.js CHROMIUM FOLDER
"use strict";
const fs = require("fs");
const path = require("path");
const axe = require("axe-core");
const { launch, open_page } = require("./open.js");

const [chromium, folder] = process.argv.slice(2);
const names = fs.readdirSync(folder).filter((name) => name.endsWith(".html"));
const complaints = new Set();
let views = 0;

async function axe_finds(page, where) {
    const { violations } = await page.evaluate(() => axe.run());

    for (const { id, nodes } of violations)
        complaints.add(`${where}: ${id}: ${nodes[0].target}` +
            (nodes.length > 1 ? ` and ${nodes.length - 1} more` : ""));
}

async function too_wide(page, where) {
    const by = await page.evaluate(() =>
        document.documentElement.scrollWidth - innerWidth);

    if (by > 0)
        complaints.add(`${where}: ${by} px wider than the window`);
}

async function view(page, where) {
    views++;
    await too_wide(page, where);
    await axe_finds(page, where);
}

// Types a word of a lab's page, and follows what is found.
async function search(page, where) {
    await page.type("#words", "recvfrom");
    await view(page, where + ", searching");
    const href = await page.evaluate(() =>
        document.querySelector(".search li a")?.getAttribute("href"));
    if (!href || !fs.existsSync(path.join(folder, href.split("#")[0])))
        complaints.add(`${where}: the search leads to ${href}`);
}

// The first key leads past the frame; the button changes light and dark.
async function keys(page, where) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(() => document.activeElement.className) !== "skip")
        complaints.add(`${where}: the first Tab is not at the skip link`);
    if (!await page.$("#theme")) // the class report has none
        return;
    const paper = () => page.evaluate(() =>
        getComputedStyle(document.body).backgroundColor);
    const before = await paper();
    await page.click("#theme");
    if (await paper() === before)
        complaints.add(`${where}: the button changes nothing`);
    await page.click("#theme");
    await page.evaluate(() => localStorage.clear());
}

// On paper nothing can be scrolled: what is wider than its place is cut.
async function print(browser, name, width) {
    const page = await browser.newPage();

    await page.setViewport({ width, height: 900 });
    await page.emulateMediaType("print");
    await page.goto("file://" + path.join(folder, name));
    const cut = await page.evaluate(() => {
        const all = [...document.querySelectorAll("body, body *")];
        return all.filter((element) => element.clientWidth > 0 &&
            (element.scrollWidth > element.clientWidth ||
            element.getBoundingClientRect().right > innerWidth + 1))
            .map((element) => element.textContent.trim().slice(0, 60));
    });
    if (cut.length > 0)
        complaints.add(`${name}, on paper of ${width} px: cut: ${cut.pop()}`);
    views++;
    await page.close();
}

async function look(browser, name, width, scheme) {
    const page = await open_page(browser, path.join(folder, name),
        { width, scheme }, (line) => complaints.add(line));
    const where = page.where;

    await keys(page, where);
    await page.evaluate(() => document.querySelectorAll("details").forEach(
        (details) => { details.open = true; }));
    await page.evaluate(axe.source);
    await view(page, where);
    if (name === "index.html")
        await search(page, where);
    await page.close();
}

(async () => {
    const browser = await launch(chromium);
    try {
        for (const name of names) {
            for (const width of [320, 1280])
                for (const scheme of ["light", "dark"])
                    await look(browser, name, width, scheme);
            // A4 and Letter, without their margins.
            for (const width of [665, 688])
                await print(browser, name, width);
        }
    } finally {
        await browser.close();
    }
    for (const complaint of complaints)
        console.log(complaint);
    console.log(`${views} views of ${names.length} pages`);
})();
