// What every part of the page uses: words, elements, requests, jobs that are watched.
"use strict";
const GA = { words: {}, lang: "zh", token: "", parts: {}, timers: new Set(), pressed: "" };

GA.t = function (key, values) {
  const one = Object.keys(values || {}).find(function (k) { return String(values[k]) === "1"; });
  const found = (one && GA.words[key + "#" + one]) || GA.words[key];
  let text = found ? found[GA.lang] : key;
  for (const name of Object.keys(values || {})) text = text.split("{" + name + "}").join(String(values[name]));
  return text;
};
GA.say = function (words) { return words ? (typeof words === "string" ? words : words[GA.lang] || words.zh || "") : ""; };
GA.number = function (value, digits) {
  if (value === null || value === undefined) return GA.t("not_known");
  const most = digits === undefined ? 1 : digits, held = Number(value);
  // what rounds to nothing has no sign
  return (Math.abs(held) < 0.5 / 10 ** most ? 0 : held).toLocaleString(GA.lang === "zh" ? "zh-CN" : "en-GB", { maximumFractionDigits: most });
};
// Figures of one row with the same decimals.
GA.fixed = function (value, digits) {
  if (value === null || value === undefined) return GA.t("not_known");
  const held = Math.abs(Number(value)) < 0.5 / 10 ** digits ? 0 : Number(value);
  return held.toLocaleString(GA.lang === "zh" ? "zh-CN" : "en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits });
};
GA.size = function (bytes) { return bytes >= 1048576 ? GA.number(bytes / 1048576, 1) + " MB" : GA.number(Math.max(1, bytes / 1024), 0) + " kB"; };
GA.when = function (iso) { return iso ? new Date(iso).toLocaleString(GA.lang === "zh" ? "zh-CN" : "en-GB", { dateStyle: "short", timeStyle: "short" }) : ""; };
GA.time = function (seconds) {
  if (seconds === null || seconds === undefined) return "";
  const s = Math.round(seconds);
  return s < 60 ? GA.t("seconds", { n: s }) : GA.t("minutes", { m: Math.floor(s / 60), s: s % 60 });
};

// the time that is left, from the least to the most
GA.left = function (at) {
  const range = at.remaining_range_s;
  if (!range) return at.share < 0.99 ? GA.t("remaining_unknown") : "";
  // nobody is told that no second is left of what goes on
  const [least, most] = range.map((s) => GA.time(Math.max(1, s)));
  if (range[1] < 2 && at.share >= 0.9) return GA.t("remaining_nearly");
  return least === most ? GA.t("remaining", { time: most }) : GA.t("remaining_between", { least: least, most: most });
};

// text and attributes only: nothing from a file is ever read as HTML
GA.el = function (tag, attrs, kids) {
  const node = document.createElement(tag);
  for (const name of Object.keys(attrs || {})) {
    const value = attrs[name];
    if (value === undefined || value === null || value === false) continue;
    if (name === "text") node.textContent = value;
    else if (name === "on") for (const event of Object.keys(value)) node.addEventListener(event, value[event]);
    else if (name === "value") node.value = value;
    else if (name === "checked" || name === "disabled" || name === "selected" || name === "open" || name === "multiple" || name === "webkitdirectory") node[name] = Boolean(value);
    else node.setAttribute(name, value);
  }
  for (const kid of kids || []) if (kid !== null && kid !== undefined && kid !== false) node.append(kid);
  return node;
};
GA.button = function (key, act, attrs) {
  return GA.el("button", Object.assign({ type: "button", text: GA.t(key), on: { click: act } }, attrs || {}));
};
GA.select = function (options, value, act, attrs) {
  const node = GA.el("select", Object.assign({ on: { change: function () { act(node.value); } } }, attrs || {}), options.map(function (o) {
    return GA.el("option", { value: o[0], text: o[1] }); }));
  node.value = value;
  return node;
};
GA.field = function (key, input, hint) {
  return GA.el("label", { class: "field" }, [GA.el("span", { text: GA.t(key) }), input, hint ? GA.el("small", { text: hint }) : null]);
};

// a button that opens the system's choice of files; the words are ours in every browser
GA.pick = function (key, input) { return GA.el("label", { class: "button pick" }, [GA.el("span", { text: GA.t(key) }), input]); };

GA.api = async function (method, path, body) {
  let response;
  const raw = body instanceof Blob;
  try {
    response = await fetch(path, { method: method, headers: Object.assign({ "X-Token": GA.token, "X-Lang": GA.lang }, raw ? {} : { "Content-Type": "application/json" }),
      body: raw ? body : body === undefined ? undefined : JSON.stringify(body) });
  } catch (err) { throw new Error(GA.t("server_gone")); }
  const data = await response.json().catch(function () { return {}; });
  if (!response.ok) throw new Error(data.error || GA.t("refused", { status: response.status }));
  return data;
};
GA.at = function (path) { return "/api/projects/" + encodeURIComponent(GA.project) + (path || ""); };
GA.file = function (project, path, save) {
  return "/files/" + encodeURIComponent(project) + "/" + path.split("/").map(encodeURIComponent).join("/") + "?token=" + encodeURIComponent(GA.token) + (save ? "&save=true" : "");
};

// How a control is found again after the page was drawn anew; empty where it has no name.
GA.handle = function (node) {
  if (!node || node === document.body) return "";
  if (node.id) return "#" + CSS.escape(node.id);
  const name = ["data-correct", "data-act", "data-way", "data-tab", "data-add", "data-show", "data-folder", "data-root"].find(function (a) { return node.hasAttribute(a); });
  return name ? "[" + name + "=\"" + CSS.escape(node.getAttribute(name)) + "\"]" : "";
};
// Where nothing has the focus any more, it goes to what took the place of what had it: readers of the screen go on there.
GA.focus = function (node) {
  if (!node || document.activeElement && document.activeElement !== document.body) return;
  if (node.tabIndex < 0 && !node.hasAttribute("tabindex")) node.setAttribute("tabindex", "-1");
  node.focus({ preventScroll: true });
};

GA.fail = function (err) {
  const box = document.getElementById("message");
  box.replaceChildren(GA.el("span", { text: err.message }), GA.button("close", function () { box.replaceChildren(); }, { class: "quiet" }));
  box.className = "bad";
};
GA.tell = function (text) {
  const box = document.getElementById("message");
  box.textContent = text;
  box.className = text ? "good" : "";
};
// an action of a button: the button waits, a fault is shown
GA.doing = function (act) {
  return async function (event) {
    const button = event && event.currentTarget;
    // a button that waits loses the focus
    const had = button && document.activeElement === button;
    if (had) GA.pressed = GA.handle(button);
    if (button) button.disabled = true;
    GA.tell("");
    // what takes longer than a moment says that it goes on
    const words = GA.t("going_on"), slow = setTimeout(function () { GA.tell(words); }, 1000);
    try { await act(event); } catch (err) { GA.fail(err); } finally {
      clearTimeout(slow);
      if (document.getElementById("message").textContent === words) GA.tell("");
      // the second click of a double click asks for nothing again
      if (button) setTimeout(function () { button.disabled = false; if (had && button.isConnected) GA.focus(button); }, 600);
    }
  };
};

GA.doing2 = function (act) { return async function (value) { try { await act(value); } catch (err) { GA.fail(err); } }; };

GA.later = function (act, ms) {
  const timer = setTimeout(function () { GA.timers.delete(timer); act(); }, ms);
  GA.timers.add(timer);
};
GA.quiet = function () { for (const timer of GA.timers) clearTimeout(timer); GA.timers.clear(); };

// A job as it goes on: bar, what it does, time left, its log; `then` is called once when it has ended.
GA.watch = function (project, number, then) {
  const bar = GA.el("progress", { max: "1", "aria-label": GA.t("progress") });
  const label = GA.el("p", { class: "job-label", role: "status", "aria-live": "polite" });
  const log = GA.el("pre", { class: "log", tabindex: "0", "aria-label": GA.t("log") });
  const stop = GA.button("cancel", GA.doing(async function () {
    await GA.api("POST", "/api/projects/" + encodeURIComponent(project) + "/jobs/" + number + "/stop");
    label.textContent = GA.t("stopping");
  }), { class: "quiet", "data-act": "cancel" });
  // counts on by itself and is not read out: that is what the label is for
  const spent = GA.el("span", { class: "dim", "data-spent": "" });
  const box = GA.el("section", { class: "job", "data-job": number, "data-state": "running" }, [label, bar, GA.el("div", { class: "row" }, [stop, spent,
    GA.el("details", {}, [GA.el("summary", { text: GA.t("log") }), log])])]);
  let missed = 0, began = performance.now();
  function count() {
    if (box.dataset.state !== "running") return;
    spent.textContent = GA.t("spent", { time: GA.time((performance.now() - began) / 1000) });
    GA.later(count, 1000);
  }
  async function ask() {
    let job;
    try {
      job = await GA.api("GET", "/api/projects/" + encodeURIComponent(project) + "/jobs/" + number);
      missed = 0;
    } catch (err) {
      // a server that is started again is found again; the job went on meanwhile
      missed += 1;
      label.textContent = err.message;
      if (box.isConnected) GA.later(ask, Math.min(10000, 1000 * missed));
      return;
    }
    if (!box.isConnected) return;
    const at = job.progress;
    began = Math.min(began, performance.now() - 1000 * (at.elapsed_s || 0));  // one that is found again
    if (at.share > 0) bar.value = at.share; else bar.removeAttribute("value");
    const parts = [GA.t("kind_" + job.kind)];
    if (at.of > 1) parts.push((at.at + 1 > at.of ? at.of : at.at + 1) + "/" + at.of);
    if (!at.of && job.state === "running") parts.push(GA.t("starting"));
    // what is said already is not said again
    for (const words of [at.step, at.inner]) if (words && GA.say(words) && !parts.includes(GA.say(words))) parts.push(GA.say(words));
    if (at.of && job.state === "running") {
      // what goes on is not 100 per cent, and its very end is not told as a time
      parts.push(Math.min(99, Math.round(at.share * 100)) + " %");
      if (GA.left(at)) parts.push(GA.left(at));
    }
    const low = log.scrollTop + log.clientHeight >= log.scrollHeight - 8;
    log.textContent = job.log || "";
    if (low) log.scrollTop = log.scrollHeight;
    if (job.state === "running") {
      label.textContent = parts.join(" · ");
      GA.later(ask, 1000);
      return;
    }
    box.dataset.state = job.state;
    spent.textContent = job.outcome.seconds ? GA.t("took", { time: GA.time(job.outcome.seconds) }) : "";
    const had = document.activeElement === stop || GA.pressed === "[data-act=\"cancel\"]";
    stop.remove();
    bar.remove();
    const error = job.outcome.error;
    label.textContent = GA.t("kind_" + job.kind) + " · " + GA.t("state_" + job.state) + (error ? GA.t("colon") + GA.say(error) : "");
    label.classList.toggle("bad", job.state === "failed");
    if (had) { GA.pressed = ""; GA.focus(label); }
    then(job);
  }
  GA.later(ask, 0);
  GA.later(count, 0);
  return box;
};
