// Filters, the choice of theme, and spans picked from the margin. Without this script the page shows everything.
"use strict";
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

for (const panel of all(".panel")) {
  const form = panel.querySelector("form.filters");
  if (!form) continue;
  const items = all("[data-item]", panel).map((node) => ({ node, facets: JSON.parse(node.dataset.facets) }));
  const groups = all("[data-group]", panel).reverse(); // inner ones first
  const pieces = panel.classList.contains("marks")
    ? all("article [data-marks]", panel).map((node) => ({ node, marks: JSON.parse(node.dataset.marks) }))
    : [];

  const apply = () => {
    const chosen = all("[data-filter]", form).map((s) => [s.dataset.filter, s.value]).filter(([, value]) => value);
    for (const { node, facets } of items) {
      node.hidden = !chosen.every(([key, value]) => facets[key].includes(value));
    }
    for (const group of groups) {
      group.hidden = chosen.length > 0 && !group.querySelector("[data-item]:not([hidden])");
    }
    const role = chosen.find(([key]) => key === "role")?.[1];
    for (const { node, marks } of pieces) {
      const units = shownUnits(node.closest("article"));
      const on = ([unit, kind, label]) => units.has(unit) && (!role || kind !== "argument" || label === role);
      node.classList.toggle("dim", chosen.length > 0 && !marks.some(on));
    }
    const shown = items.filter(({ node }) => !node.hidden).length;
    form.querySelector("output").textContent = chosen.length ? `${shown} of ${items.length}` : `${items.length}`;
    units.clear();
  };

  const units = new Map(); // by article, while filters are applied
  const shownUnits = (article) => {
    if (!units.has(article)) {
      const notes = all("[data-item]:not([hidden]) .pick", article);
      units.set(article, new Set(notes.flatMap((pick) => JSON.parse(pick.dataset.units))));
    }
    return units.get(article);
  };

  form.hidden = false;
  form.addEventListener("change", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  form.reset(); // browsers keep choices over a reload
  apply();
}

for (const pick of all(".pick")) {
  pick.disabled = false;
  pick.addEventListener("click", () => {
    const article = pick.closest("article");
    pick.setAttribute("aria-pressed", String(pick.getAttribute("aria-pressed") !== "true"));
    const pressed = all('.pick[aria-pressed="true"]', article);
    const units = new Set(pressed.flatMap((one) => JSON.parse(one.dataset.units)));
    for (const piece of all("[data-marks]", article)) {
      piece.classList.toggle("picked", JSON.parse(piece.dataset.marks).some(([unit]) => units.has(unit)));
    }
  });
}

const theme = document.getElementById("theme");
const stored = (value) => {
  try {
    if (value === undefined) return localStorage.getItem("khabar-theme");
    localStorage.setItem("khabar-theme", value);
  } catch {
    // A page opened from a file may have no storage; the choice then lasts as long as the page.
  }
  return value;
};
const dress = () => {
  document.documentElement.style.colorScheme = theme.value;
};
if ([...theme.options].some((option) => option.value === stored())) theme.value = stored();
theme.addEventListener("change", () => {
  stored(theme.value);
  dress();
});
theme.parentElement.hidden = false;
dress();

// A link to a sentence must find it, whatever is filtered away.
const reveal = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target?.closest("[hidden]")) return;
  target.closest(".panel")?.querySelector("form.filters")?.reset();
  setTimeout(() => target.scrollIntoView());
};
addEventListener("hashchange", reveal);

// Paper has no way to open what is closed.
let closed = [];
addEventListener("beforeprint", () => {
  closed = all("details:not([open])");
  for (const details of closed) details.open = true;
});
addEventListener("afterprint", () => {
  for (const details of closed) details.open = false;
});
