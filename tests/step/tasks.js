// tasks: what the state of a run consists of, and how tasks change it.
"use strict";

const WIRE = 100, FIRST_TASK = 10, FIRST_THREAD = 1000;

const first_state = () => ({
    at: 0, broken: [], tracks: new Map(), conns: new Map(), queue: [],
    running: null, watched: new Map(), asked: null, log: [], place: null,
    file: null, has_tasks: false, title: "", program: "",
});

function kind_of(event) {
    if (event.pid === WIRE)
        return "wire";
    if (event.tid > FIRST_THREAD)
        return "thread";
    return event.tid > FIRST_TASK ? "task" : "process";
}

function name_of_track(event) {
    const kind = kind_of(event);

    if (kind === "process")
        return event.pid === 1 ? "the program" : `process ${event.pid}`;
    return `${kind} ${event.tid % FIRST_THREAD}`;
}

// The track of an event; a program's process is known without introduction.
function track_in(state, event) {
    const id = track_of(event);

    if (!state.tracks.has(id))
        state.tracks.set(id, { id, pid: event.pid, tid: event.tid,
            kind: kind_of(event), name: name_of_track(event), state: "runs",
            call: null, waits: null, place: null, pending: 0, seen: false });
    return state.tracks.get(id);
}

function conn_in(state, number) {
    if (!state.conns.has(number))
        state.conns.set(number, { number, name: `client ${number}`, peer: "",
            fd: null, state: "unknown", arrived: 0, read: 0, written: 0,
            departed: 0, unread: 0, told: 0, packets: false,
            holders: new Set() });
    return state.conns.get(number);
}

const breaks = (state, step, law) => {
    state.broken.push({ seq: step.event.seq, number: step.event.number, law });
};

// Where in its own source the track stands now.
function stand(state, track, args) {
    if (args.file !== undefined)
        track.place = { file: args.file, line: args.line, name: args.function };
    state.place = track.place;
    state.file = track.place?.file ?? state.file;
}

const tasks_in = (state, wanted) => [...state.tracks.values()].filter(
    (track) => track.pid !== WIRE && track.state === wanted);

function apply_ready(state, step) {
    const { event } = step, track = track_in(state, event);

    if (track.state === "new" && state.queue.includes(track.id))
        breaks(state, step, `${track.name} is ready for a second time`);
    if (state.queue.includes(track.id))
        breaks(state, step, `${track.name} stands in the ready queue already`);
    state.queue.push(track.id);
    if (event.args.queue !== undefined &&
        event.args.queue !== state.queue.length)
        breaks(state, step, `the program had ${event.args.queue} in the ready` +
            ` queue, and here are ${state.queue.length}`);
    if (track.state === "runs" && state.running === track.id)
        track.pending = 1; // it lets others run
    else
        track.state = "ready";
}

function apply_goes_on(state, step) {
    const track = track_in(state, step.event);

    if (state.running !== null)
        breaks(state, step, `${track.name} runs, and so does ` +
            state.tracks.get(state.running).name);
    if (track.seen || track.kind === "task") {
        if (state.queue[0] !== track.id)
            breaks(state, step, `${track.name} runs, and was not the first of` +
                " the ready queue");
        state.queue = state.queue.filter((id) => id !== track.id);
    }
    if (track.state === "ended")
        breaks(state, step, `${track.name} runs, and has ended`);
    Object.assign(track, { state: "runs", waits: null, seen: true });
    state.running = track.id;
    stand(state, track, {});
}

function apply_stops(state, step) {
    const { args } = step.event, track = track_in(state, step.event);

    if (state.running !== track.id)
        breaks(state, step, `${track.name} stops, and did not run`);
    state.running = null;
    stand(state, track, args);
    if (args.waits_for !== undefined) {
        track.state = "waits";
        track.waits = { what: args.waits_for, fd: args.fd, conn: args.conn,
            by_ms: args.by_ms };
    } else if (track.state === "ended" || track.id === "1/1") {
        track.waits = null;
    } else {
        track.state = "ready";
        if (track.pending === 0)
            breaks(state, step, `${track.name} stops without a reason`);
    }
    track.pending = 0;
}
