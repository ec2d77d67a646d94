// step: the pages that step through the recordings, in a real browser: at each
// step the laws hold of what is shown, and what a learner does by hand works.
// Prints a line for each thing that is wrong, and how much was looked at.
//
// usage: node step.js CHROMIUM FOLDER_OF_PAGES A_TRACE DAMAGED_TRACE
"use strict";
const fs = require("fs");
const path = require("path");
const axe = require("axe-core");
const { launch, open_page } = require("./open.js");

const [chromium, folder, a_trace, damaged] = process.argv.slice(2);
const names = fs.readdirSync(folder).filter((name) => name.endsWith(".html"));
const complaints = new Set();
let checks = 0, steps = 0;

const expect = (holds, text) => {
    checks++;
    if (!holds)
        complaints.add(text);
};

const open = (browser, name, width, scheme, motion = "reduce") => open_page(
    browser, path.join(folder, name), { width, scheme, motion },
    (line) => complaints.add(line));

// All that one sees of a state, and the parts that the laws speak of.
const see = (page) => page.evaluate(() => {
    const text = (selector) => [...document.querySelectorAll(selector)].map(
        (node) => node.textContent);

    return {
        place: Number(document.body.dataset.place),
        sentence: document.querySelector("#sentence").textContent,
        tasks: document.querySelector("#tasks-title").textContent === "Tasks",
        running: text('#tasks tr[data-state="runs"] th'),
        ready: text('#tasks tr[data-state="ready"] th'),
        // The loop itself is ready in the end, and is no task of the table.
        queue: text("#queue li:not(.none)").filter((name) => name !== "loop"),
        now: text("#source .now code")[0] ?? "",
        all: document.querySelector(".panes").innerText +
            document.querySelector("#position").innerText +
            document.querySelector("#sentence").innerText,
    };
});

function laws(seen, where) {
    const at = `${where}: step ${seen.place} (${seen.sentence})`;

    steps++;
    expect(seen.sentence.length > 0, `${at}: no sentence`);
    if (!seen.tasks)
        return;
    expect(seen.running.length <= 1, `${at}: ${seen.running.length} run`);
    expect(seen.queue.filter((name) => !seen.running.includes(name)).sort()
        .join() === seen.ready.sort().join(),
    `${at}: the queue is ${seen.queue}, and ready are ${seen.ready}`);
    expect(!/^Nobody can run/.test(seen.sentence) ||
        seen.running.length + seen.ready.length === 0,
    `${at}: somebody can`);
}

// Forward with the arrow key to the end, back again, and anew.
async function all_steps(page) {
    const count = await page.evaluate(() =>
        Number(document.querySelector("#slider").max));
    const seen = [await see(page)];

    for (let p = 1; p <= count; p++) {
        await page.keyboard.press("ArrowRight");
        seen.push(await see(page));
        laws(seen[p], page.where);
        expect(seen[p].place === p, `${page.where}: the arrow key leads to ` +
            `${seen[p].place}, not ${p}`);
    }
    for (let p = count - 1; p >= 0; p--) {
        await page.keyboard.press("ArrowLeft");
        const back = await see(page);
        expect(back.place === p && back.all === seen[p].all,
            `${page.where}: step ${p} looks other when one comes back to it`);
    }
    await page.keyboard.press("End");
    const end = await see(page);
    expect(end.all === seen[count].all,
        `${page.where}: the end looks other when one jumps to it`);
    const bytes = end.all.match(/\d+ came, \d+ went/g) ?? [];
    expect(bytes.length > 0, `${page.where}: no bytes at the end`);
    await page.keyboard.press("Home");
    expect((await see(page)).place === 0, `${page.where}: Home`);
}

const predictions = (page) => page.evaluate(() => ({
    hidden: document.querySelector("#question").hidden,
    answer: run.turns.find(({ at, ask }) => at >= place && ask <= place &&
        !settled.has(at))?.answer,
    choices: [...document.querySelectorAll("#choices button")].map((button) =>
        button.dataset.id),
    verdict: document.querySelector("#verdict").textContent,
    queue: document.querySelector("#queue").textContent,
}));

// A right and a wrong answer, by keys alone, each graded as what it is.
async function predict(page) {
    await page.keyboard.press("Home");
    await page.keyboard.press("p");
    for (const right of [true, false]) {
        let question;
        for (let i = 0; i < 400; i++) {
            await page.keyboard.press("ArrowRight");
            question = await predictions(page);
            if (!question.hidden && question.choices.length > 0)
                break;
        }
        const wanted = question.choices.findIndex((id) =>
            (id === String(question.answer)) === right);
        expect(wanted >= 0, `${page.where}: no question with an answer`);
        for (let i = 0; i < wanted; i++)
            await page.keyboard.press("Tab");
        await page.keyboard.press("Enter");
        const { verdict } = await predictions(page);
        expect(verdict.startsWith(right ? "Right: " : "Not so: ") &&
            verdict.endsWith(right ? "1 of 1 right." : "1 of 2 right."),
        `${page.where}: a ${right} answer is graded "${verdict}"`);
    }
    await page.keyboard.press("p");
    await page.keyboard.press("Home");
}

// Tab alone comes to everything that one can use.
async function keyboard(page) {
    await page.click("#title");
    const wanted = await page.evaluate(() => [...document.querySelectorAll(
        "a, button:enabled, input, select, summary, [tabindex='0']")]
        .filter((node) => node.checkVisibility()).length);
    const reached = new Set();

    for (let i = 0; i < wanted + 5; i++) {
        await page.keyboard.press("Tab");
        const id = await page.evaluate(() => {
            const node = document.activeElement;
            return node.id || node.className || node.tagName;
        });
        reached.add(id);
    }
    const source = await page.$eval("#source-box", (box) => !box.hidden);
    for (const id of ["skip", "trace", "next", "turn", "predict", "slider",
        ...(source ? ["file", "source"] : []), "SUMMARY"])
        expect(reached.has(id), `${page.where}: Tab does not come to ${id}`);
    await page.focus("#next");
    await page.keyboard.press("Enter");
    expect((await see(page)).place === 1, `${page.where}: Enter on Next`);
    await page.focus("#slider");
    await page.keyboard.press("ArrowRight");
    expect((await see(page)).place === 2, `${page.where}: the slider's key`);
}

async function choose_file(page, file) {
    const input = await page.$("#trace");

    await input.uploadFile(file);
    await page.waitForFunction(() =>
        document.querySelector("#trace").files.length === 1);
    await page.evaluate(() => new Promise((done) => setTimeout(done)));
    await page.waitForFunction(() => !document.querySelector("#problem").hidden
        || document.body.dataset.place === "0", { timeout: 5000 })
        .catch(() => {});
    return page.evaluate(() => document.querySelector("#problem").hidden ? ""
        : document.querySelector("#problem").textContent);
}

async function files(page) {
    await page.keyboard.press("End");
    const before = await see(page);

    const why = await choose_file(page, damaged);
    expect(/is not shown: line \d+: /.test(why),
        `${page.where}: of a damaged trace it says "${why}"`);
    expect((await see(page)).all === before.all,
        `${page.where}: a damaged trace changes what is shown`);
    expect(await choose_file(page, a_trace) === "",
        `${page.where}: a whole trace is refused`);
    expect((await see(page)).place === 0,
        `${page.where}: another trace is not shown from its beginning`);
}

async function look(browser, name, width, scheme) {
    const page = await open(browser, name, width, scheme);
    const wide = () => page.evaluate(() =>
        document.documentElement.scrollWidth - innerWidth);
    const examine = async (what) => {
        const { violations } = await page.evaluate(() => axe.run());

        for (const { id, nodes } of violations)
            complaints.add(`${page.where}, ${what}: ${id}: ` +
                `${nodes[0].target}`);
        checks++;
        expect(await wide() <= 0, `${page.where}, ${what}: ${await wide()} ` +
            "px wider than the window");
    };

    await page.evaluate(axe.source);
    await examine("at the beginning");
    await page.evaluate(() => {
        move(Math.floor(run.shown.length / 2));
        document.querySelector("details").open = true;
    });
    await examine("in the middle");
    await page.keyboard.press("p");
    await page.keyboard.press("n");
    await examine("predicting");
    await page.evaluate(() => show_problem("x is not shown: line 3: a reason"));
    await examine("refusing");
    await page.close();
}

async function motion(browser, name) {
    for (const wish of ["reduce", "no-preference"]) {
        const page = await open(browser, name, 1280, "light", wish);
        const takes = await page.evaluate(() => getComputedStyle(
            document.querySelector(".cursor")).transitionDuration);

        expect((takes === "0s") === (wish === "reduce"),
            `${name}: with ${wish} the cursor takes ${takes}`);
        await page.close();
    }
}

(async () => {
    const browser = await launch(chromium);
    try {
        for (const name of names) {
            const page = await open(browser, name, 1280, "light");
            const problem = await page.$eval("#problem", (node) =>
                node.textContent);
            expect(problem === "", `${name}: ${problem}`);
            if (problem !== "")
                continue;
            await all_steps(page);
            await predict(page);
            await keyboard(page);
            await files(page);
            await page.close();
            for (const width of [320, 1280])
                for (const scheme of ["light", "dark"])
                    await look(browser, name, width, scheme);
        }
        await motion(browser, names[0]);
    } finally {
        await browser.close();
    }
    for (const complaint of complaints)
        console.log(complaint);
    console.log(`${checks} checks of ${steps} steps of ${names.length} pages`);
})();
