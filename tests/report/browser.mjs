// A page in headless Chromium:  node browser.mjs PAGE.html [PICTURES_DIR]
// playwright-core and axe-core are looked for where NODE_PATH says; exit status 77 where they or Chromium are missing. Prints what was
// measured, one line each, and what is wrong.
import { createRequire } from "node:module";
import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";

const require = createRequire(resolve(process.env.NODE_PATH || ".", "x.js"));
let chromium, axe;
try {
  ({ chromium } = require("playwright-core"));
  axe = require.resolve("axe-core/axe.min.js");
} catch {
  console.log("playwright-core or axe-core is missing: skipped");
  process.exit(77);
}
const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);
if (!executablePath) { console.log("chromium is missing: skipped"); process.exit(77); }

const file = resolve(process.argv[2]), pictures = process.argv[3], bad = [];
const say = (name, value) => console.log(name.padEnd(44), value);
const must = (name, good, value) => { say(name, value === undefined ? good : value); if (!good) bad.push(name); };
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"] });

async function open(options) {
  const context = await browser.newContext({ viewport: { width: 1240, height: 900 }, bypassCSP: true, ...options });
  const page = await context.newPage(), errors = [], requests = [];
  page.on("console", (m) => { if (m.type() === "error") errors.push(m.text()); });
  page.on("pageerror", (e) => errors.push(String(e)));
  page.on("request", (r) => { if (!r.url().startsWith("data:") && !r.url().startsWith("file:")) requests.push(r.url()); });
  const from = performance.now();
  await page.goto("file://" + file, { waitUntil: "load" });
  return { context, page, errors, requests, seconds: (performance.now() - from) / 1000 };
}

say("size (MB)", (statSync(file).size / 1e6).toFixed(2));
const { context, page, errors, requests, seconds } = await open({});
must("opens in at most 2 s", seconds <= 2, seconds.toFixed(2) + " s");
must("no request", requests.length === 0, requests.join(" ") || "none");
if (pictures) await page.screenshot({ path: pictures + "/light.png", fullPage: true });

// curves: as many points as the panel has
const curves = await page.evaluate(() => [...document.querySelectorAll("script[type='application/json']")].map((s) => JSON.parse(s.textContent))
  .filter((d) => d.kind === "plot").map((d) => d.y.filter((y) => y !== null).length));
const drawn = await page.evaluate(() => [...document.querySelectorAll("div")].filter((d) => d.plot)
  .map((d) => d.plot.data.slice(1).reduce((n, s) => n + s.filter((y) => y !== null && y !== undefined).length, 0)));
must("every curve has the points of its panel", JSON.stringify(curves) === JSON.stringify(drawn), curves.join(" ") + " | " + drawn.join(" "));

// spheres
const turns = await page.locator(".picture .tools button").count();
say("panels that turn", turns);
if (turns) {
  const first = await page.evaluate(async () => {
    const b = document.querySelector(".picture .tools button"), from = performance.now();
    b.click();
    await new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)));
    return (performance.now() - from) / 1000;
  });
  must("first picture in at most 1.5 s", first <= 1.5, first.toFixed(2) + " s");
  const pixels = () => page.evaluate(() => { document.querySelector(".picture[hidden]").viewer.draw(); return document.querySelector(".view canvas").toDataURL(); });
  const before = await pixels();
  if (pictures) await page.locator(".view").first().screenshot({ path: pictures + "/turned.png" });
  const speed = await page.evaluate(async () => {
    const v = document.querySelector(".picture[hidden]").viewer, from = performance.now();
    let n = 0;
    while (performance.now() - from < 3000) {
      v.turn(0.05, 0.02);
      await new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)));
      n++;
    }
    return n / ((performance.now() - from) / 1000);
  });
  must("at least 5 frames a second while turning", speed >= 5, speed.toFixed(1));
  must("turning changes the picture", (await pixels()) !== before);
  if (await page.locator(".view").first().locator("xpath=..").locator("input[type=range]").count() > 1) {
    const at = await pixels();
    const change = await page.evaluate(async () => {
      const r = document.querySelector(".picture[hidden]").viewer.view.querySelector("input[type=range]"), from = performance.now();
      r.value = r.max;
      r.dispatchEvent(new Event("input"));
      await new Promise((f) => requestAnimationFrame(f));
      return performance.now() - from;
    });
    must("a stage changes in at most 500 ms", change <= 500, change.toFixed(0) + " ms");
    must("another stage is another picture", (await pixels()) !== at);
  }
  const box = await page.locator(".view").first().boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.waitForTimeout(200);
  const row = await page.locator(".picked").first().textContent();
  must("pointing at a sphere shows its row", row.includes("number "), row.slice(0, 70));
  await page.keyboard.press("Escape");
}

// the graph: larger by a button, to scroll inside its box, and back
const graphs = await page.locator("[data-zoom]").count();
must("graph and times can be enlarged", graphs > 0, graphs + " pictures");
if (graphs) {
  const size = () => page.evaluate(() => {
    const box = document.querySelector("[data-zoom]"), root = document.documentElement;
    const middle = (box.scrollLeft + box.clientWidth / 2) / box.scrollWidth;
    return { wide: box.firstElementChild.getBoundingClientRect().width, out: root.scrollWidth - root.clientWidth, middle };
  });
  const press = (name) => page.locator("section .tools").filter({ hasText: "whole width" }).first().getByText(name).click();
  const at = await size();
  for (let i = 0; i < 4; i++) await press("larger");
  const large = await size();
  must("larger four times is 2.86 times as wide", Math.abs(large.wide / at.wide - 1.3 ** 4) < 0.02, (large.wide / at.wide).toFixed(2));
  must("and stays in its box, about its middle", large.out <= 1 && Math.abs(large.middle - 0.5) < 0.02, large.out + " px, " + large.middle.toFixed(2));
  if (pictures) await page.locator("[data-zoom]").first().screenshot({ path: pictures + "/graph.png" });
  await press("whole width");
  must("whole width is as before", Math.abs((await size()).wide - at.wide) < 1);
  for (let i = 0; i < 40; i++) await press("smaller");
  must("smaller ends at a third", Math.abs((await size()).wide / at.wide - 1.3 ** -4) < 0.02);
  await press("whole width");
}

// keyboard alone
// from the top, wherever the view that turned was
await page.evaluate(() => { const h = document.querySelector("h1"); h.tabIndex = -1; h.focus(); });
const reached = new Set();
for (let i = 0; i < 1000; i++) {
  await page.keyboard.press("Tab");
  const what = await page.evaluate(() => { const a = document.activeElement; if (!a || a === document.body) return null; a.dataset.reached = "1"; return a.tagName; });
  if (!what) break;
  reached.add(what);
}
const missed = await page.evaluate(() => [...document.querySelectorAll("button, input, select, summary, a[href]")]
  .filter((e) => !e.dataset.reached && e.checkVisibility && e.checkVisibility({ checkVisibilityCSS: true })).map((e) => e.outerHTML.slice(0, 90)));
must("keyboard reaches every control", missed.length === 0, missed.join(" ") || [...reached].join(" "));

for (const scheme of ["light", "dark"]) {
  const o = await open({ colorScheme: scheme });
  await o.page.addScriptTag({ path: axe });
  const found = await o.page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] }));
  must("axe, WCAG 2.1 AA, " + scheme, found.violations.length === 0, found.violations.map((v) => v.id + " x" + v.nodes.length + " " + v.nodes[0].html.slice(0, 120)).join("; ") || "0 violations");
  if (pictures && scheme === "dark") await o.page.screenshot({ path: pictures + "/dark.png", fullPage: true });
  await o.context.close();
}

const zoomed = await open({ viewport: { width: 310, height: 600 } });
const wide = await zoomed.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
must("at 400 % nothing runs out of the page", wide <= 1, wide + " px");
await zoomed.context.close();

const plain = await open({ javaScriptEnabled: false });
const shown = await plain.page.locator(".picture svg").count();
const hidden = await plain.page.locator(".panel:visible").count(), panels = await plain.page.locator(".panel").count();
must("without JavaScript all panels are there", hidden === panels, shown + " pictures, " + hidden + " of " + panels + " panels");
await plain.context.close();

const pdf = await page.pdf({ format: "A4", path: pictures ? pictures + "/page.pdf" : undefined });
const pages = (pdf.toString("latin1").match(/\/Type\s*\/Page\b/g) || []).length;
must("prints", pages > 0, pages + " pages, " + (pdf.length / 1e6).toFixed(1) + " MB");
must("no console error", errors.length === 0, errors.join("; ") || "none");
await context.close();
await browser.close();
if (bad.length) { console.log("not met: " + bad.join("; ")); process.exit(1); }
