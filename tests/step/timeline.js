// timeline: a lane for each that runs, and one for each connection; from left
// to right the steps. What is high runs, what is low is ready, what is a line
// waits: colour says it only once more.
"use strict";

const LANE = 22, HEIGHTS = { runs: 16, ready: 8, waits: 2, sleeps: 2 };

// For each track, stretches of one state: [{ from, to, state }], counted in the
// steps that are shown.
function stretches(steps, shown) {
    const lanes = new Map(), { has_tasks } = fold(steps, steps.length);
    const see = (state, p) => {
        for (const track of state.tracks.values()) {
            if (track.kind === "wire" || (has_tasks &&
                track.kind !== "task"))
                continue;
            if (!lanes.has(track.id))
                lanes.set(track.id, { track, parts: [] });
            const { parts } = lanes.get(track.id), last = parts.at(-1);
            if (last?.state === track.state && last.to === p)
                last.to = p + 1;
            else
                parts.push({ from: p, to: p + 1, state: track.state });
        }
    };

    replay(steps, shown, see);
    return [...lanes.values()];
}

function svg(name, attributes, ...children) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);

    for (const [key, value] of Object.entries(attributes))
        node.setAttribute(key, value);
    node.append(...children);
    return node;
}

function lane_svg(count, ...marks) {
    return svg("svg", { viewBox: `0 0 ${count} ${LANE}`,
        preserveAspectRatio: "none", "aria-hidden": "true" }, ...marks);
}

function draw_track(lane, count, name) {
    const rects = lane.parts.filter((part) => HEIGHTS[part.state])
        .map(({ from, to, state }) => svg("rect", { x: from, width: to - from,
            y: LANE - 3 - HEIGHTS[state], height: HEIGHTS[state],
            class: state }));

    return [name, lane_svg(count, ...rects)];
}

// Bytes that come in hang from above, those that go out stand below.
function draw_conn(conn, steps, shown, count) {
    const ticks = shown.flatMap((k, p) => {
        const { event } = steps[k];

        if (event.tid !== conn.number || event.name !== "packet")
            return [];
        const into = event.args.to === "program";
        return [svg("rect", { x: p + 0.2, width: 0.9, y: into ? 2 : 12,
            height: event.args.bytes > 0 ? 8 : 3,
            class: into ? "arrives" : "leaves" })];
    });

    return [`wire ${conn.number}`, lane_svg(count, ...ticks)];
}

// Fills `box` with the lanes.
function draw_timeline(box, steps, shown) {
    const end = fold(steps, steps.length), count = shown.length;
    const rows = [
        ...stretches(steps, shown).map((lane) => draw_track(lane, count,
            short_name(end, lane.track))),
        ...[...end.conns.values()].map((conn) =>
            draw_conn(conn, steps, shown, count)),
    ];

    box.replaceChildren(...rows.map(([name, picture]) => {
        const row = document.createElement("div");
        const label = document.createElement("span");

        row.className = "lane";
        label.textContent = name;
        row.append(label, picture);
        return row;
    }));
}
