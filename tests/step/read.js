// read: a trace (tests/picture/trace.md) as text becomes a list of steps, or a
// refusal with the line and the reason. Nothing here knows of a page.
"use strict";

class Refusal extends Error {}

const refuse = (number, reason) => {
    throw new Refusal(`line ${number}: ${reason}`);
};

// Thousandths of a microsecond, as a whole number: times are compared exactly.
const in_ns = (us) => Math.round(us * 1000);

function read_line(text, number) {
    let event;

    try {
        event = JSON.parse(text.replace(/,$/, ""));
    } catch {
        refuse(number, "this is no event");
    }
    if (event === null || typeof event !== "object")
        refuse(number, "this is no event");
    for (const key of ["ts", "pid", "tid", "seq"])
        if (!Number.isFinite(event[key]))
            refuse(number, `an event without a number "${key}"`);
    if (!/^[MXBEiCbe]$/.test(event.ph))
        refuse(number, `an event of no known kind: ${event.ph}`);
    if (event.ph !== "E" && typeof event.name !== "string")
        refuse(number, "an event without a name");
    if (event.ph === "X" && !(event.dur >= 0))
        refuse(number, "a call without a duration");
    return { ...event, args: event.args ?? {}, number };
}

// All events of a trace. Its last line may be cut off in the middle.
function read_trace(text) {
    const lines = text.replace(/\n$/, "").split("\n");
    const is_closed = lines.at(-1) === "]", events = [];

    if (lines.shift().trim() !== "[")
        refuse(1, 'a trace begins with "["');
    if (is_closed || !/\}\s*,?$/.test(lines.at(-1) ?? ""))
        lines.pop();
    lines.forEach((line, i) => events.push(read_line(line, i + 2)));
    check_order(events);
    return { events, is_closed };
}

function check_order(events) {
    const header = events[0];
    let last = -Infinity;

    if (header?.name !== "process_name" || header.args.schema !== 1)
        refuse(2, "the first event is no header of schema 1");
    events.forEach((event, i) => {
        if (event.seq !== i + 1)
            refuse(event.number, event.seq > i + 1
                ? `event ${i + 1} is missing here`
                : `event ${event.seq} stands here for a second time`);
        if (event.ts < last)
            refuse(event.number, "time goes back here");
        last = event.ts;
    });
}

const track_of = (event) => `${event.pid}/${event.tid}`;

// What a program waits in, if nobody calls: for the rest a call is a moment.
const CAN_WAIT = new Set(["accept", "accept4", "connect", "recv", "read",
    "send", "write", "select", "poll", "epoll_wait", "wait4", "waitid", "futex",
    "nanosleep", "clock_nanosleep"]);
const SLEEP_NS = 1e6;

// Did it sleep, or did anything happen meanwhile?
function takes_time(event, following) {
    if (event.ph !== "X" || !CAN_WAIT.has(event.name))
        return false;
    if (event.args.result === undefined || event.dur * 1000 >= SLEEP_NS)
        return true;
    return following !== undefined &&
        in_ns(following.ts) < in_ns(event.ts + event.dur);
}

// The epoll_wait that a runtime tells of by a B and an E is a call, too.
function join_waits(events) {
    const open = new Map();

    return events.filter((event) => {
        const track = track_of(event);

        if (event.ph === "B" && event.name === "epoll_wait")
            open.set(track, Object.assign(event, { ph: "X", dur: Infinity }));
        else if (event.ph === "E" && open.has(track)) {
            const call = open.get(track);

            call.dur = event.ts - call.ts;
            Object.assign(call.args, event.args);
            open.delete(track);
            return false;
        }
        return true;
    });
}

// A call during which something happened is two steps, and others lie between
// them: it begins, and it returns. Every other event is one.
function steps_of({ events, is_closed }) {
    const end = is_closed ? Infinity : in_ns(events.at(-1).ts);
    const steps = [], returns = [];
    const flush = (before) => {
        returns.sort((a, b) => a.at - b.at);
        while (returns.length > 0 && returns[0].at <= before)
            steps.push(returns.shift());
    };

    join_waits(events).forEach((event, i, all) => {
        const at = in_ns(event.ts), back = in_ns(event.ts + event.dur);
        const slept = takes_time(event, all[i + 1]) || back > end;

        flush(at);
        steps.push({ at, event, what: slept ? "begins" : "all" });
        if (slept && event.args.result !== undefined && back <= end)
            returns.push({ at: back, event, what: "returns" });
    });
    flush(Infinity);
    return steps;
}
