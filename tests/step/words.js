// words: a sentence for each step, in the words of the handouts; null for a
// step that changes nothing one should look at (a bare ACK, a number).
"use strict";

const plural = (n, what) => `${n} ${what}${n === 1 ? "" : "s"}`;
const bytes = (n) => plural(n, "byte");
const quoted = (data) => data === undefined ? "" : `: "${data}"`;
const where = (place) => place === null || place === undefined ? ""
    : ` in ${place.name}(), line ${place.line} of ` +
        place.file.split("/").pop();

// A client's task is called after its address; people know it by its number.
function name_of(state, track) {
    for (const conn of state.conns.values())
        if (conn.peer !== "" && track.name === `client ${conn.peer}`)
            return `the task of ${conn.name}`;
    if (track.kind === "task")
        return `the task "${track.name}"`;
    if (track.id === "1/1")
        return state.has_tasks ? "the loop" : "the program";
    return track.name;
}

// The same in a table of them.
const short_name = (state, track) => name_of(state, track)
    .replace(/^the (task )?(of )?/, "").replaceAll('"', "");

const capital = (text) => text[0].toUpperCase() + text.slice(1);

function client(state, number) {
    return state.conns.get(number)?.name ?? "somebody";
}

function descriptor(state, fd, conn) {
    if (conn !== undefined)
        return `${client(state, conn)} (descriptor ${fd})`;
    return `descriptor ${fd}`;
}

// What a task waits for, as it stands behind "it waits for".
function wait_in_words(state, waits) {
    const until = waits.by_ms === undefined ? ""
        : `, at most ${waits.by_ms} ms`;
    const on = waits.fd === undefined ? ""
        : waits.conn === undefined ? ` (descriptor ${waits.fd})`
            : ` from ${descriptor(state, waits.fd, waits.conn)}`;

    return `${waits.what}${on}${until}`
        .replace("room to write from", "room to write to");
}

const TASK_WORDS = {
    ready: (state, event, who) => `${capital(who)} can go on: it stands at ` +
        `place ${event.args.queue ?? "last"} of the ready queue.`,
    ended: (state, event, who) => `${capital(who)} ends: its function ` +
        `returns ${event.args.result}.`,
    cancelled: (state, event, who) => `${capital(who)} is told to stop.`,
    exited: (state, event, who) => `${capital(who)} ends` +
        (event.args.signal === undefined ? `, status ${event.args.status}.`
            : `, killed by ${event.args.signal}.`),
    signal: (state, event, who) => `${capital(who)} gets ` +
        `${event.args.signal}.`,
};

function stop_in_words(state, event, track, who) {
    if (event.args.waits_for !== undefined)
        return `${capital(who)} stops: it waits for ` +
            `${wait_in_words(state, { what: event.args.waits_for,
                ...event.args })}.`;
    if (track.state === "ended")
        return `${capital(who)} is gone.`;
    if (track.tid === 1)
        return "The loop ends.";
    return `${capital(who)} lets others run, and stands behind them in the` +
        " ready queue.";
}

function packet_in_words(state, event) {
    const who = client(state, event.tid);
    const { to, flags = "", bytes: n = 0, data, again = 0 } = event.args;
    const once_more = again > 0 ? ", once more" : "";

    if (to === "program") {
        if (/SYN/.test(flags))
            return `${capital(who)} calls: it wants to be connected` +
                `${once_more}.`;
        if (/RST/.test(flags))
            return `${capital(who)} resets the connection.`;
        if (n > 0)
            return `${bytes(n)} from ${who} arrive in the kernel${once_more}` +
                `${quoted(data)}.`;
        return /FIN/.test(flags) ? `${capital(who)} will send no more.` : null;
    }
    if (/SYN/.test(flags))
        return `The kernel says yes to ${who}; the program is not asked.`;
    if (/RST/.test(flags))
        return `The kernel resets the connection of ${who}.`;
    if (n > 0)
        return `${bytes(n)} go out to ${who}${once_more}${quoted(data)}.`;
    return /FIN/.test(flags) ? `${capital(who)} is told: no more will come.`
        : null;
}

// How a call that waits is spoken of while it waits.
function waiting_in_words(state, event, who) {
    const { name, args } = event;
    const asked = [args.read && `${args.read} to be readable`,
        args.write && `${args.write} to be writable`].filter(Boolean);

    if (event.args.times > 1)
        return `${capital(who)} asks ${name} again and again.`;
    if (name === "epoll_wait")
        return "Nobody can run: the loop sleeps in epoll_wait.";
    if (name === "select" || name === "poll")
        return `${capital(who)} sleeps in ${name}, and watches for ` +
            `${asked.join(", or ") || "nothing"}.`;
    if (/^accept/.test(name) && state.running === null)
        return `${capital(who)} sleeps in accept, until somebody calls.`;
    if (args.conn !== undefined)
        return `${capital(who)} is in ${name}, for ` +
            `${descriptor(state, args.fd, args.conn)}.`;
    return `${capital(who)} is in ${name}.`;
}

function result_in_words(state, event, who) {
    const { name, args } = event, { result, error, data } = args;
    const peer = args.conn === undefined ? `descriptor ${args.fd}`
        : client(state, args.conn);

    if (error === "EAGAIN")
        return /^accept/.test(name) ? `${name} says EAGAIN: nobody calls.`
            : `${name} says EAGAIN: nothing ${/^send|^write/.test(name)
                ? `can go to ${peer}` : `from ${peer}`} now.`;
    if (error !== undefined)
        return `${name} fails: ${error}.`;
    if (/^accept/.test(name))
        return `${name} lets ${peer} in, as descriptor ${result}.`;
    if (/^recv|^read/.test(name))
        return result === 0 ? `${name} returns 0: ${peer} will send no more.`
            : `${name} takes ${bytes(result)} of ${peer}${quoted(data)}.`;
    if (/^write/.test(name) && args.fd <= 2)
        return `${capital(who)} says${quoted(data)}.`;
    if (/^send|^write/.test(name))
        return `${name} hands ${bytes(result)} for ${peer} to the kernel` +
            `${quoted(data)}.`;
    if (name === "select" || name === "poll")
        return `${name} returns: ` + (args.ready ? `descriptor ${args.ready} ` +
            `${result === 1 ? "is" : "are"} ready.` : "nobody is ready.");
    if (name === "epoll_wait")
        return `epoll_wait returns: ${plural(result, "descriptor")} ready.`;
    if (name === "epoll_ctl")
        return args.what === "del"
            ? `The kernel forgets to watch descriptor ${args.watch}.`
            : `The kernel shall tell of ${descriptor(state, args.watch,
                args.conn)} from now on.`;
    if (name === "close")
        return `${capital(who)} closes ${descriptor(state, args.fd,
            args.conn)}.`;
    const more = args.what ?? args.at;
    return `${name}${more === undefined ? "" : ` (${more})`} returns ` +
        `${result}.`;
}

function call_in_words(state, step, who) {
    const { event } = step;
    const times = event.args.times > 1
        ? ` (${event.args.times} times in a row)` : "";

    if (step.what === "begins")
        return waiting_in_words(state, event, who);
    return result_in_words(state, event, who).replace(/\.$/, `${times}.`);
}

// `state` is the one after the step; `gone_on` has the tracks that ran before.
function sentence(step, state, gone_on) {
    const { event } = step;

    if (event.ph === "C" || event.ph === "b")
        return null;
    if (event.ph === "e")
        return `The connection of ${client(state, event.tid)} is over: ` +
            `${event.args.end}.`;
    if (event.name === "packet")
        return packet_in_words(state, event);
    if (event.name === "lost")
        return `The capture lacks ${bytes(event.args.bytes ?? 0)} of ` +
            `${client(state, event.tid)}.`;
    const track = state.tracks.get(track_of(event));
    if (event.ph === "M")
        return track?.kind === "task" ? `A task is made: ${track.name}.` : null;
    const who = name_of(state, track);
    if (event.ph === "B")
        return track.tid === 1 ? "The loop runs."
            : gone_on.has(track.id)
                ? `${capital(who)} goes on${where(track.place)}.`
                : `${capital(who)} begins.`;
    if (event.ph === "E")
        return stop_in_words(state, event, track, who);
    if (event.ph === "X")
        return call_in_words(state, step, who);
    return TASK_WORDS[event.name]?.(state, event, who) ?? `${event.name}.`;
}
