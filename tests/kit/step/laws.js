// laws: what must hold of each recording and of the page's fold, without a
// browser. Prints a line for each thing that is wrong, and how much was looked
// at in the last.
//
// usage: node laws.js FOLDER_OF_THE_PAGE TRACE...
"use strict";
const fs = require("fs");
const path = require("path");
const vm = require("vm");

const [folder, ...traces] = process.argv.slice(2);
// As in the page: all of them are one script.
const scripts = ["read.js", "tasks.js", "fold.js", "words.js"].map((name) =>
    fs.readFileSync(path.join(folder, name), "utf8"));
const page = vm.runInThisContext(`${scripts.join("\n")}
({ Refusal, read_trace, steps_of, fold, replay, sentence, tasks_in });`);
let looked = 0, checks = 0;

const complain = (text) => { console.log(text); };
const expect = (holds, text) => {
    checks++;
    if (!holds)
        complain(text);
};

// The reason why a text is no whole recording; "" if it is one.
function refusal(text) {
    try {
        const steps = page.steps_of(page.read_trace(text));
        const [first] = page.fold(steps, steps.length).broken;

        return first ? `line ${first.number}: ${first.law}` : "";
    } catch (error) {
        if (!(error instanceof page.Refusal))
            throw error;
        return error.message;
    }
}

const plain = (state) => JSON.stringify(state, (key, value) =>
    value instanceof Map || value instanceof Set ? [...value] : value);

// At each step: one runs; the queue is who is ready; in a sleep nobody can run;
// and the state is the same whichever way it was reached.
function laws_at_each_step(name, steps) {
    page.replay(steps, steps.map((step, k) => k), (state, k) => {
        const { event, what } = steps[k], where = `${name}: event ${event.seq}`;
        const running = [...state.tracks.values()].filter((track) =>
            track.kind === "task" && track.state === "runs");
        const ready = page.tasks_in(state, "ready").map(({ id }) => id);

        looked++;
        expect(running.length <= 1, `${where}: ${running.length} tasks run`);
        const others = state.queue.filter((id) => id !== state.running);
        expect(others.sort().join() === ready.sort().join(),
            `${where}: the queue is not who is ready`);
        expect(event.name !== "epoll_wait" || event.args.timeout_ms === 0 ||
            what === "returns" || !state.has_tasks ||
            (ready.length === 0 && running.length === 0),
        `${where}: the loop sleeps, and somebody can run`);
        expect(plain(page.fold(steps, k + 1)) === plain(state),
            `${where}: another state when one comes from the beginning`);
        page.sentence(steps[k], state, new Set()); // it has words for all
    });
}

function laws_at_the_end(name, steps) {
    const end = page.fold(steps, steps.length);

    expect(end.conns.size > 0, `${name}: no connection`);
    for (const conn of end.conns.values())
        expect(conn.read === conn.written && conn.read > 0,
            `${name}: ${conn.name}: ${conn.read} bytes are read, and ` +
            `${conn.written} written`);
    expect(end.running === null, `${name}: somebody still runs at the end`);
}

// Without any one of its events a recording is refused there. Those that tell
// of tasks and of bytes are missed even if nobody had counted the events.
const MISSED = /^([BEbe]|i (ready|ended)|M thread_name|X (recv|send)|C unread)/;

function kind(event) {
    return /[MXiC]/.test(event.ph) ? `${event.ph} ${event.name}` : event.ph;
}

function matters(event) {
    const { tid, pid, args } = event;

    if (event.name === "packet" || event.name === "lost")
        return args.bytes > 0;
    if (event.ph === "X")
        return args.conn !== undefined && args.result > 0 &&
            /^(recv|send)/.test(event.name);
    return MISSED.test(kind(event)) && (pid === 100 ? event.ph !== "M" &&
        event.ph !== "b" && event.ph !== "e" : tid > 10 && tid < 1000);
}

function deletions(name, lines, events) {
    let missed = 0, of = 0;

    events.forEach((event, i) => {
        const at = i + 1;
        const left = lines.filter((line, k) => k !== at);
        const why = refusal(left.join("\n"));
        const is_last = i === events.length - 1;

        expect(is_last || why.startsWith(`line ${at + 1}: `),
            `${name}: without event ${event.seq}: "${why}"`);
        if (!matters(event))
            return;
        // The same, with the numbers of all that follow one less.
        const counted = left.map((line, k) => k < at ? line : line.replace(
            /"seq":\d+/, `"seq":${k}`)).join("\n");
        of++;
        missed += refusal(counted) === "" ? 0 : 1;
        expect(is_last || refusal(counted) !== "", `${name}: ` +
            `nobody misses event ${event.seq} (${kind(event)})`);
    });
    return `${missed} of ${of}`;
}

// A recording that was cut off is shown as far as it goes; one that is wrong is
// not shown, and the reason is said.
function damages(name, text, lines) {
    for (let n = 3; n < lines.length - 2; n += 7) {
        const cut = lines.slice(0, n).join("\n");

        expect(refusal(`${cut}\n${lines[n].slice(0, 20)}`) === "",
            `${name}: cut off in line ${n + 1}: ${refusal(cut)}`);
        for (const [what, bad] of [
            ["this is no event", "nonsense"],
            ["is missing here", lines[n].replace(/"seq":/, '"seq":1')],
            ["time goes back", lines[n].replace(/"ts":[\d.]+/, '"ts":-1')],
            ["no known kind", lines[n].replace(/"ph":"./, '"ph":"?')],
            ['without a number "tid"', lines[n].replace(/"tid":\d+/, '"x":1')],
        ]) {
            const why = refusal(lines.with(n, bad).join("\n"));
            expect(why.startsWith(`line ${n + 1}: `) && why.includes(what),
                `${name}: line ${n + 1} is ${bad.slice(0, 40)}: "${why}"`);
        }
    }
    expect(/^line 1: /.test(refusal("")), `${name}: an empty file is shown`);
    expect(/^line 1: /.test(refusal("<html>")), `${name}: a page is shown`);
    expect(/^line 2: /.test(refusal(text.replace('"schema":1', '"schema":2'))),
        `${name}: another schema is shown`);
}

const missed = [];
for (const file of traces) {
    const name = file.split("/").slice(-2).join("/");
    const text = fs.readFileSync(file, "utf8"), lines = text.split("\n");
    const why = refusal(text);

    expect(why === "", `${name}: ${why}`);
    if (why !== "")
        continue;
    const steps = page.steps_of(page.read_trace(text));
    laws_at_each_step(name, steps);
    laws_at_the_end(name, steps);
    if (process.env.LAWS_ONLY === undefined) {
        damages(name, text, lines);
        missed.push(deletions(name, lines, page.read_trace(text).events));
    }
}
console.log(`${checks} checks of ${looked} steps of ${traces.length} ` +
    "recordings");
