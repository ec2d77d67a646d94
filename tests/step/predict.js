// predict: before somebody goes on, the page asks who it will be. The trace has
// the answer, so every question comes from the run itself.
"use strict";

let right = 0, answered = 0, settled = new Set();

function begin_predictions() {
    right = answered = 0;
    settled = new Set();
}

// The turns of a run, { ask, at }: before the shown step `at` somebody goes on
// (without tasks: is answered); after `ask` steps it can be foretold, and no
// step has told it yet.
function turns_of(steps, shown) {
    const { has_tasks } = fold(steps, steps.length), turns = [];
    let stopped = -1, told = new Map();

    shown.forEach((k, p) => {
        const { event, what } = steps[k], { ph, name, args } = event;
        const track = track_of(event);

        if (ph === "E")
            stopped = p;
        else if (has_tasks && name === "ready")
            told.set(track, p);
        else if (!has_tasks && /^(recv|read)$/.test(name) && what !== "begins")
            told.set(args.conn, p);
        if (has_tasks && ph === "B" && event.tid !== 1)
            turns.push({ at: p, answer: track,
                ask: told.get(track) > stopped ? told.get(track) : p });
        else if (!has_tasks && /^(send|write)$/.test(name) &&
            args.result > 0 && args.conn !== undefined && what !== "returns")
            turns.push({ at: p, answer: args.conn,
                ask: told.get(args.conn) ?? p });
    });
    return turns;
}

const IS_OVER = new Set(["closed", "reset", "refused", "unknown"]);

// Who it could be: [{ id, name }].
function choices_at(state) {
    if (state.has_tasks)
        return [...state.tracks.values()]
            .filter((track) => track.kind === "task" &&
                track.state !== "ended")
            .map((track) => ({ id: track.id, name: short_name(state, track) }));
    return [...state.conns.values()]
        .filter((conn) => !IS_OVER.has(conn.state))
        .map((conn) => ({ id: conn.number, name: conn.name }));
}

function settle(turn, choice, choices) {
    const is_right = choice.id === turn.answer;

    settled.add(turn.at);
    answered++;
    right += is_right ? 1 : 0;
    move(turn.at + 1);
    $("question").hidden = false;
    $("choices").replaceChildren();
    $("verdict").textContent = (is_right ? "Right: " : "Not so: ") +
        `it is ${choices.find((one) => one.id === turn.answer).name}. ` +
        `${right} of ${answered} right.`;
    $("next").focus();
}

function ask(turn, choices) {
    $("question-text").textContent = state_at(place).has_tasks
        ? "Which task runs next?" : "Who is answered next?";
    $("verdict").textContent = "";
    $("choices").replaceChildren(...choices.map((choice) => {
        const button = element("button", { type: "button",
            "data-id": choice.id }, choice.name);
        button.addEventListener("click", () => settle(turn, choice, choices));
        return button;
    }));
    $("question").hidden = false;
    $("choices").firstChild.focus();
}

// Goes forward to `to`, unless there is a turn on the way that is to be
// predicted.
function forward(to) {
    for (const turn of $("predict").checked ? run.turns : []) {
        if (turn.at < place || turn.ask >= to || settled.has(turn.at))
            continue;
        const from = Math.max(place, turn.ask), state = state_at(from);
        const choices = choices_at(state);
        if (choices.length < 2 ||
            !choices.some(({ id }) => id === turn.answer))
            continue;
        move(from);
        ask(turn, choices);
        return;
    }
    move(to);
}

const next_turn = () => (run.turns.find(({ at }) => at >= place)?.at ??
    run.shown.length - 1) + 1;
