// fold: the state after the first k steps of a run: a pure function of them, so
// that going back is the same as never having gone on.
//
// What breaks a law of event loops is noted in `broken`, with its step: one
// task runs; it was the first of the ready queue; the queue holds those that
// are ready; the loop sleeps only when nobody can run; no more is read than
// came.
"use strict";

// --- what things are called --------------------------------------------------

function apply_name(state, step) {
    const { event } = step, { name } = event.args;

    if (event.name === "process_name") {
        if (event.seq === 1) {
            state.program = name ?? "";
            state.title = event.args.title ?? "";
        }
        if (event.pid !== WIRE)
            Object.assign(track_in(state, event), {
                name: name ?? "the program",
                state: event.pid === 1 ? "runs" : "new" });
    } else if (event.pid === WIRE) {
        conn_in(state, event.tid).name = name;
    } else {
        const track = track_in(state, event);

        track.name = name;
        state.has_tasks ||= track.kind === "task";
        if (track.tid !== 1)
            track.state = "new";
    }
}

// --- calls -------------------------------------------------------------------

const numbers_of = (text) => text === undefined || text === ""
    ? [] : `${text}`.split(/[ ,]+/).map(Number);

function watch_call(state, step) {
    const { name, args } = step.event;

    if (name === "epoll_ctl" && args.what === "del")
        state.watched.delete(args.watch);
    else if (name === "epoll_ctl")
        state.watched.set(args.watch, { fd: args.watch, conn: args.conn });
    if (name === "select" || name === "poll")
        state.asked = { name, read: numbers_of(args.read),
            write: numbers_of(args.write),
            ready: step.what === "begins" ? null : numbers_of(args.ready) };
}

function bytes_call(state, step) {
    const { name, args } = step.event;

    if (args.conn === undefined)
        return;
    const conn = conn_in(state, args.conn);
    if (/^accept|^connect/.test(name) && args.result >= 0) {
        conn.fd = name === "connect" ? args.fd : args.result;
        conn.peer = args.peer ?? conn.peer;
        conn.state = "open";
        conn.holders.add(`${step.event.pid}/${conn.fd}`);
    } else if (/^(recv|read)/.test(name) && args.result >= 0) {
        conn.read += args.result;
        if (conn.packets && conn.read > conn.arrived)
            breaks(state, step, `${conn.name}: ${conn.read} bytes are read, ` +
                `and ${conn.arrived} have come`);
    } else if (/^(send|write)/.test(name) && args.result > 0) {
        conn.written += args.result;
    } else if (/^dup/.test(name) && args.result >= 0) {
        conn.holders.add(`${step.event.pid}/${args.result}`);
    } else if (name === "close") {
        state.watched.delete(args.fd);
        conn.holders.delete(`${step.event.pid}/${args.fd}`);
        if (conn.holders.size > 0)
            return; // a child has it still, or another descriptor
        conn.state = "closed";
        conn.fd = null;
    }
    see_unread(state, step, conn);
}

// Each change of what lies unread is told by a number behind it.
function see_unread(state, step, conn) {
    const unread = conn.arrived - conn.read;

    if (!conn.packets || unread === conn.unread)
        return;
    if (conn.told !== conn.unread)
        breaks(state, step, `${conn.name}: nobody has told that ` +
            `${conn.unread} bytes were unread`);
    conn.unread = unread;
}

function sleeps(state, step) {
    const { event } = step;

    if (event.name !== "epoll_wait" || event.args.timeout_ms === 0 ||
        !state.has_tasks)
        return;
    if (state.queue.length > 0)
        breaks(state, step, `the loop sleeps, and ${state.queue.length} can ` +
            "run");
    if (state.running !== null)
        breaks(state, step, "the loop sleeps, and " +
            `${state.tracks.get(state.running).name} runs`);
}

function apply_call(state, step) {
    const { event, what } = step, track = track_in(state, event);

    stand(state, track, event.args);
    if (track.state === "new")
        track.state = "runs"; // nobody has told of its birth
    if (state.has_tasks && track.tid === 1)
        state.place = null; // no task is there
    if (track.kind === "task" && state.running !== track.id)
        breaks(state, step, `${track.name} calls ${event.name}, and does not` +
            " run");
    if (what !== "returns")
        sleeps(state, step);
    if (what === "begins") {
        // One that only asks is told at once, however slow the machine is.
        if (track.id !== state.running && event.args.error !== "EAGAIN")
            track.state = "sleeps";
        track.call = event;
        watch_call(state, step);
        return;
    }
    if (track.state === "sleeps")
        track.state = "runs";
    track.call = null;
    watch_call(state, step);
    bytes_call(state, step);
    if (/^write/.test(event.name) && [1, 2].includes(event.args.fd) &&
        event.args.data !== undefined)
        state.log.push(event.args.data);
    if (/^(fork|vfork|clone)/.test(event.name))
        give_birth(state, event);
}

// A child has its parent's descriptors, too.
function give_birth(state, { pid, args }) {
    if (args.thread > 0)
        track_in(state, { pid, tid: args.thread }).state = "runs";
    if (!(args.child > 0))
        return;
    track_in(state, { pid: args.child, tid: 1 }).state = "runs";
    for (const conn of state.conns.values())
        for (const holder of [...conn.holders])
            if (holder.startsWith(`${pid}/`))
                conn.holders.add(holder.replace(/^\d+/, args.child));
}

// --- the wire ----------------------------------------------------------------

function apply_packet(state, step) {
    const { event } = step, { to, bytes = 0 } = event.args;
    const conn = conn_in(state, event.tid);
    const fresh = bytes - (event.args.again ?? 0);

    if (to === "program") {
        conn.arrived += fresh;
        see_unread(state, step, conn);
    } else {
        conn.departed += fresh;
    }
}

function apply_number(state, step) {
    const { event } = step;

    if (event.name === "ready") {
        if (event.args.tasks !== state.queue.length)
            breaks(state, step, `${event.args.tasks} are ready, and ` +
                `${state.queue.length} stand in the queue`);
        return;
    }
    const conn = conn_in(state, event.tid);
    conn.told = event.args.bytes;
    if (event.args.bytes !== conn.arrived - conn.read)
        breaks(state, step, `${conn.name}: ${event.args.bytes} bytes are ` +
            `unread, and ${conn.arrived - conn.read} have come and were not` +
            " read");
}

function apply_life(state, step) {
    const { event } = step, conn = conn_in(state, event.tid);

    if (event.ph === "b") {
        Object.assign(conn, { peer: event.args.peer ?? "", packets: true,
            state: "in the kernel" });
        return;
    }
    if (conn.told !== conn.unread)
        breaks(state, step, `${conn.name}: nobody has told that ` +
            `${conn.unread} bytes are unread`);
    if (event.args.end !== "open")
        conn.state = event.args.end ?? "closed";
    for (const sum of ["arrived", "read", "written", "departed"])
        if (event.args[sum] !== undefined && event.args[sum] !== conn[sum])
            breaks(state, step, `${conn.name}: ${sum} are ` +
                `${event.args[sum]} bytes, and ${conn[sum]} were seen`);
}

function apply_moment(state, step) {
    const { event } = step;

    if (event.name === "packet" || event.name === "lost") {
        apply_packet(state, step);
        return;
    }
    const track = track_in(state, event);
    if (event.name === "ready")
        apply_ready(state, step);
    else if (event.name === "ended" || event.name === "exited")
        track.state = "ended";
}

const APPLY = {
    M: apply_name, B: apply_goes_on, E: apply_stops, X: apply_call,
    i: apply_moment, C: apply_number, b: apply_life, e: apply_life,
};

// Each first event of a task is its name.
function check_birth(state, step) {
    const { event } = step;

    if (event.ph !== "M" && kind_of(event) === "task" &&
        !state.tracks.has(track_of(event)))
        breaks(state, step, `task ${event.tid - FIRST_TASK} was never made`);
}

// At every step the queue holds exactly those that are ready.
function check_queue(state, step) {
    const ready = tasks_in(state, "ready").map((track) => track.id).sort();
    const queue = state.queue.filter((id) => id !== state.running).sort();

    if (ready.join() !== queue.join())
        breaks(state, step, "who is ready does not stand in the ready queue");
}

function apply(state, step) {
    state.at = step.at;
    check_birth(state, step);
    APPLY[step.event.ph](state, step);
    check_queue(state, step);
}

function fold(steps, k) {
    const state = first_state();

    steps.slice(0, k).forEach((step) => apply(state, step));
    return state;
}

// Looks at the state after each of the steps that are shown, in one run.
function replay(steps, shown, see) {
    const state = first_state();
    let p = 0;

    steps.forEach((step, k) => {
        apply(state, step);
        if (shown[p] === k)
            see(state, p++);
    });
}
