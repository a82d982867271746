// Keeps an open page true: listens for what is new, counts ages and deadlines on, says when the line is lost, remembers
// which alerts were seen, and sends forms to the HTTP API. Everything can be read without it.
"use strict";
(() => {
  const page = document.documentElement.dataset;
  const english = document.documentElement.lang === "en";
  const speed = Number(page.speed || 1);
  const loaded = Date.now();
  let shownAt = Date.parse(page.now || "") || loaded;
  let countedFrom = loaded;

  // The region's time: the server's when it drew the page, and on from there.
  const now = () => shownAt + (Date.now() - countedFrom) * speed;

  const span = (ms) => {
    const minutes = Math.floor(Math.max(0, ms) / 60000);
    if (minutes < 60) return `${minutes} min`;
    const hours = Math.floor(minutes / 60);
    if (hours < 24) return `${hours}${english ? "h" : "u"}${String(minutes % 60).padStart(2, "0")}`;
    return `${Math.floor(hours / 24)} d`;
  };
  const put = (element, text) => { if (element.textContent !== text) element.textContent = text; };

  const count = () => {
    for (const each of document.querySelectorAll("[data-since]")) put(each, span(now() - Date.parse(each.dataset.since)));
    for (const each of document.querySelectorAll("[data-until]")) {
      const left = Date.parse(each.dataset.until) - now();
      each.classList.toggle("late", left < 0);
      each.classList.toggle("soon", left >= 0 && left < 300000);
      put(each, span(Math.abs(left)) + (left < 0 ? (english ? " late" : " te laat") : ""));
    }
  };
  setInterval(count, 1000);

  // --- the line ------------------------------------------------------------------------------------------------
  const lost = document.getElementById("lost");
  let heard = Date.now();
  let stream = null;
  const SILENT_MS = 40000;
  const say = (isLost) => {
    if (!lost) return;
    if (isLost && lost.hidden) {
      lost.querySelector("[data-lost-at]").textContent = document.getElementById("as-of")?.textContent || "";
      lost.querySelector("[data-lost-age]").dataset.since = new Date(now()).toISOString();
    }
    lost.hidden = !isLost;
  };
  const listen = () => {
    if (!page.signal) return;
    stream?.close();
    stream = new EventSource(page.signal);
    const hear = () => { heard = Date.now(); say(false); };
    stream.onopen = hear;
    stream.addEventListener("freshness", hear);
    for (const name of ["snapshot", "changes"]) {
      stream.addEventListener(name, () => { hear(); htmx.trigger(document.body, "news"); });
    }
    stream.onerror = () => {
      say(true);
      if (stream.readyState === EventSource.CLOSED) { stream.close(); setTimeout(listen, 3000); }
    };
  };
  window.addEventListener("offline", () => { stream?.close(); say(true); });
  window.addEventListener("online", listen);
  setInterval(() => { if (page.signal && Date.now() - heard > SILENT_MS) say(true); }, 1000);

  // --- drawing anew --------------------------------------------------------------------------------------------
  // What the reader has opened, chosen, written and been answered outlives the drawing.
  const open = new Set();
  const kept = new Map();
  const entered = function* () {
    for (const form of document.querySelectorAll("#live form[data-api]")) {
      const places = form.querySelectorAll("[name], .answer");
      for (const [index, place] of places.entries()) yield [`${form.dataset.api} ${place.name} ${index}`, place];
    }
  };
  const keep = () => {
    kept.clear();
    for (const [key, place] of entered()) {
      kept.set(key, { value: place.value, checked: place.checked, text: place.textContent, bad: place.classList.contains("bad") });
    }
  };
  const restore = () => {
    for (const [key, place] of entered()) {
      const was = kept.get(key);
      if (!was) continue;
      if (place.classList.contains("answer")) { place.textContent = was.text; place.classList.toggle("bad", was.bad); continue; }
      place.value = was.value;
      if ("checked" in place) place.checked = was.checked;
    }
  };
  document.addEventListener("htmx:beforeSwap", (event) => {
    const status = event.detail.xhr.status;
    if (status !== 200) { event.detail.shouldSwap = false; say(true); return; }
    open.clear();
    for (const each of document.querySelectorAll("#live details[open][id]")) open.add(each.id);
    keep();
  });
  document.addEventListener("htmx:sendError", () => say(true));
  document.addEventListener("htmx:load", (event) => {
    const fresh = event.detail.elt;
    if (fresh.id !== "live") return;
    if (fresh.dataset.now) { shownAt = Date.parse(fresh.dataset.now); countedFrom = Date.now(); }
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    restore();
    alerts();
    count();
    bind(document);
  });

  // --- alerts --------------------------------------------------------------------------------------------------
  const KEY = "spoedplein-gezien";
  const read = () => { try { return JSON.parse(localStorage.getItem(KEY) || "{}"); } catch { return {}; } };
  const write = (seen) => localStorage.setItem(KEY, JSON.stringify(seen));
  let rung = new Set();
  const ring = () => {
    if (localStorage.getItem("spoedplein-geluid") !== "aan") return;
    const audio = new AudioContext();
    const tone = audio.createOscillator();
    const level = audio.createGain();
    tone.frequency.value = 740;
    level.gain.setValueAtTime(0.15, audio.currentTime);
    level.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.6);
    tone.connect(level).connect(audio.destination);
    tone.start();
    tone.stop(audio.currentTime + 0.6);
    tone.onended = () => audio.close();
  };
  const alerts = () => {
    const box = document.getElementById("alerts");
    if (!box) return;
    const seen = read();
    const there = new Set();
    let waiting = 0;
    let grave = false;
    for (const each of box.querySelectorAll("li[data-alert]")) {
      const id = each.dataset.alert;
      there.add(id);
      const done = id in seen;
      each.querySelector("button").hidden = done;
      each.querySelector("[data-done]").hidden = !done;
      if (!done) { waiting += 1; grave ||= each.classList.contains("grave"); if (!rung.has(id)) { rung.add(id); ring(); } }
    }
    for (const id of Object.keys(seen)) if (!there.has(id)) delete seen[id];
    write(seen);
    box.classList.toggle("waiting", waiting > 0);
    box.classList.toggle("grave", grave);
    document.title = document.title.replace(/^\(\d+\) /, "").replace(/^/, waiting ? `(${waiting}) ` : "");
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("li[data-alert] button");
    if (!button) return;
    const seen = read();
    seen[button.closest("li").dataset.alert] = Date.now();
    write(seen);
    alerts();
    (document.querySelector("#alerts li button:not([hidden])") || document.getElementById("alerts-title"))?.focus();
  });
  const sound = document.getElementById("sound");
  if (sound) {
    sound.checked = localStorage.getItem("spoedplein-geluid") === "aan";
    sound.addEventListener("change", () => { localStorage.setItem("spoedplein-geluid", sound.checked ? "aan" : "uit"); ring(); });
  }

  // --- forms ---------------------------------------------------------------------------------------------------
  // A field's name is its path in the body; data-type says what it is; empty is left out.
  const value = (field) => {
    if (field.type === "checkbox") return field.checked ? (field.dataset.type === "flag" ? true : field.value) : null;
    if (field.value === "") return null;
    if (field.dataset.type === "number") return Number(field.value);
    if (field.dataset.type === "boolean") return field.value === "true";
    if (field.dataset.type === "moment") return new Date(now() + Number(field.value) * 60000).toISOString();
    if (field.dataset.type === "urgency") { const [system, code] = field.value.split(":"); return { system, code, version: "2024" }; }
    return field.value;
  };
  const set = (body, path, found) => {
    const names = path.split(".");
    const last = names.pop();
    let place = body;
    for (const name of names) place = place[name] ??= {};
    if (last.endsWith("[]")) (place[last.slice(0, -2)] ??= []).push(found);
    else place[last] = found;
  };
  const bodyOf = (form) => {
    const body = {};
    for (const field of form.elements) {
      if (!field.name || field.name.startsWith("_")) continue;
      const found = value(field);
      if (found !== null) set(body, field.name, found);
    }
    return body;
  };
  const problem = (told) => [told.detail, ...(told.errors || []).map((each) => `${each.pointer || each.parameter}: ${each.detail} (${each.mend})`)].join(" ");
  const answerOf = (form) => form.querySelector(".answer");
  const send = async (form, address) => {
    const answer = answerOf(form);
    const headers = { "Content-Type": "application/json", Accept: "application/json" };
    if (page.csrf) headers["X-CSRF-Token"] = page.csrf;
    form.dataset.key ??= crypto.randomUUID();
    headers["Idempotency-Key"] = form.dataset.key;
    for (const button of form.querySelectorAll("button")) button.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(address, { method: "POST", headers, body: JSON.stringify(bodyOf(form)) });
      const told = await response.json();
      if (!response.ok) { answer.classList.add("bad"); answer.textContent = problem(told); delete form.dataset.key; return null; }
      answer.classList.remove("bad");
      answer.textContent = response.status === 202 ? page.sent : "";
      delete form.dataset.key;
      return told;
    } catch (error) {
      answer.classList.add("bad");
      answer.textContent = page.failed;
      say(true);
      return null;
    } finally {
      for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-busy");
    }
  };
  const found = (form, places) => {
    const box = document.getElementById("places");
    box.hidden = false;
    const row = (list, ...cells) => {
      const line = list.insertRow();
      for (const cell of cells) line.insertCell().textContent = cell;
    };
    const [fitting, excluded] = box.querySelectorAll("tbody");
    fitting.replaceChildren();
    excluded.replaceChildren();
    for (const each of places.fitting) row(fitting, each.name, each.free ?? "?", each.age_seconds === null ? "" : span(each.age_seconds * 1000), each.points);
    for (const each of places.excluded) row(excluded, each.name, english ? each.code.replaceAll("-", " ") : each.words, (english ? each.detail : each.detail_words) || "");
    box.querySelector("[data-none]").hidden = places.fitting.length > 0;
    box.querySelector("h2").focus();
  };
  const bind = (root) => {
    for (const form of root.querySelectorAll("form[data-api]")) {
      if (form.dataset.bound) continue;
      form.dataset.bound = "yes";
      form.addEventListener("submit", async (event) => {
        event.preventDefault();
        const button = event.submitter;
        const address = button?.dataset.api || form.dataset.api;
        const told = await send(form, address);
        if (!told) return;
        if (button?.dataset.then === "places") found(form, told);
        else if (form.dataset.then) location.href = form.dataset.then.replace("{request}", told.request);
        else htmx.trigger(document.body, "news");
      });
    }
    for (const button of root.querySelectorAll("button[data-fill]")) {
      if (button.dataset.bound) continue;
      button.dataset.bound = "yes";
      button.addEventListener("click", () => {
        const form = button.form;
        form.reset();
        for (const [name, filled] of Object.entries(JSON.parse(button.dataset.fill))) {
          const fields = form.querySelectorAll(`[name="${CSS.escape(name)}"]`);
          [filled].flat().forEach((each, index) => {
            const field = fields[0].type === "checkbox" ? [...fields].find((box) => box.value === each) : fields[index];
            if (field?.type === "checkbox") field.checked = true;
            else if (field) field.value = each;
          });
        }
      });
    }
  };
  bind(document);
  alerts();
  listen();
})();
