// The pages of the reports in a real browser: node reports.mjs MODULES PAGES [SCREENSHOTS]
//
// MODULES is the folder with node_modules, PAGES the one with the pages that tests/html leaves. Ends with 1 and a list of
// what is wrong.
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [modules, folder, pictures] = process.argv.slice(2).map((name) => path.resolve(name));
const require = createRequire(path.join(modules, "package.json"));
const { chromium } = require("playwright-core");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
// What the machine of a test may take; the figure that counts is printed.
const BOUND = 5000;

// Values of a filter that are tried.
const MANY = 12;

const wrong = [];
const check = (page, is, what) => {
  if (!is) wrong.push(`${page}: ${what}`);
};

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--force-color-profile=srgb"],
});

/** Opens a page and writes down whatever it should not do. */
async function open(name, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  const address = pathToFileURL(path.join(folder, name)).href;
  page.on("console", (message) => check(name, message.type() !== "error", `console: ${message.text()}`));
  page.on("pageerror", (error) => check(name, false, `error: ${error}`));
  page.on("dialog", (dialog) => (check(name, false, `dialog: ${dialog.message()}`), dialog.dismiss()));
  page.on("request", (request) => check(name, request.url().split("#")[0] === address, `request: ${request.url()}`));
  await page.goto(address);
  return { context, page };
}

async function accessible(name, page, where) {
  await page.evaluate(axe);
  const found = await page.evaluate((tags) => window.axe.run(document, { runOnly: tags }), TAGS);
  for (const { id, nodes } of found.violations) {
    check(name, false, `${where}: axe ${id}: ${nodes.length}, first ${nodes[0].html.slice(0, 160)} ${nodes[0].failureSummary}`);
  }
}

async function narrow(name, page, where) {
  const over = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return "";
    const wide = [...document.querySelectorAll("main *")].filter((it) => it.getBoundingClientRect().right > width && !it.closest(".scroll, pre"));
    return `${document.documentElement.scrollWidth} of ${width}: ${wide.slice(0, 3).map((it) => it.outerHTML.slice(0, 120)).join(" ")}`;
  });
  check(name, over === "", `${where}: wider than the window: ${over}`);
}

async function looks(name, mode) {
  // Pictures are for people, who want to see every pair.
  const pairs = [["light", 360], ["dark", 1440], ...(pictures ? [["dark", 360], ["light", 1440]] : [])];
  for (const [colorScheme, width] of pairs) {
    const where = `${colorScheme} ${width}`;
    const { context, page } = await open(name, { colorScheme, viewport: { width, height: 900 } });
    if (pictures) await page.screenshot({ path: path.join(pictures, `${name}-${colorScheme}-${width}.png`), fullPage: mode !== "quick", timeout: 120000 });
    // The first rows, unfolded, are judged as well.
    await page.evaluate(() => {
      for (const row of [...document.querySelectorAll("#rows details")].slice(0, 12)) row.open = true;
      for (const part of document.querySelectorAll("details.alt")) part.open = true;
    });
    await narrow(name, page, where);
    if (mode !== "quick") await accessible(name, page, where);
    await context.close();
  }
}

async function switches(name) {
  const { context, page } = await open(name, { colorScheme: "light" });
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await page.check("#theme-dark");
  check(name, (await background()) !== light, "the dark theme changes nothing");
  await page.check("#theme-light");
  check(name, (await background()) === light, "the light theme is not that of the system");
  const seen = (lang) => page.evaluate((lang) => [...document.querySelectorAll(`main span[lang=${lang}]`)].filter((it) => it.checkVisibility()).length, lang);
  const other = { en: "zh", zh: "en" };
  for (const lang of ["zh", "en", "zh"]) {
    await page.check(`#lang-${lang}`);
    check(name, (await page.getAttribute("html", "lang")) === lang, `the language stays as it was, not ${lang}`);
    check(name, (await seen(lang)) > 10 && (await seen(other[lang])) === 0, `texts are not those of ${lang} alone`);
    check(name, /[\u4e00-\u9fff]/.test(await page.innerText("h1")) === (lang === "zh"), `the heading is not in ${lang}`);
  }
  await page.check("#theme-dark");
  await accessible(name, page, "in Chinese, dark theme chosen on a light system");
  if (pictures) await page.screenshot({ path: path.join(pictures, `${name}-zh.png`), fullPage: true, timeout: 120000 });
  // Printed: nothing of the controls, nothing cut.
  await page.emulateMedia({ media: "print" });
  check(name, !(await page.isVisible(".switches")) && (await page.isVisible("#verdict")), "print shows controls, or no verdict");
  const lists = await page.locator("details.list:visible > ul").all();
  check(name, lists.length > 0 || name !== "plan.html", "no list that is folded on the screen");
  for (const list of lists) check(name, await list.isVisible(), "print leaves a list folded");
  // How many of the findings the print holds.
  const status = page.locator(".filters [role=status]");
  if (await status.count()) check(name, await status.isVisible(), "print does not say how many findings it shows");
  if (pictures) await page.pdf({ path: path.join(pictures, `${name}.pdf`), format: "A4" });
  await context.close();
}

// A browser acts when it gets to it, which on a busy machine is not at once.
async function until(holds) {
  for (let tries = 0; tries < 100; tries++) {
    if (await holds()) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

async function keyboard(name) {
  const { context, page } = await open(name);
  const focus = () => page.evaluate(() => document.activeElement.outerHTML.slice(0, 80));
  await page.keyboard.press("Tab");
  check(name, await until(async () => (await focus()).includes("skip")), "the first stop is not the link past the head");
  await page.keyboard.press("Enter");
  check(name, await until(async () => page.url().endsWith("#main")), "the link past the head leads nowhere");
  await page.focus("#lang-en");
  await page.keyboard.press("ArrowRight");
  check(name, await until(async () => (await page.getAttribute("html", "lang")) === "zh"), "arrows do not choose a language");
  if (await page.$(".filters")) {
    await page.focus("input[name=search]");
    // From the search to the first row: every stop is one that can be seen.
    for (let stops = 0; stops < 40 && !(await page.evaluate(() => document.activeElement.closest("#rows summary"))); stops++) {
      await page.keyboard.press("Tab");
    }
    await page.keyboard.press("Enter");
    check(name, await until(async () => (await page.$$("#rows details[open]")).length === 1), "the keyboard does not reach and open a row");
  }
  await context.close();
}

async function filters(name) {
  const { context, page } = await open(name);
  const shown = () => page.$$eval("#rows > li", (rows) => rows.length);
  const fitting = async () => Number(await page.innerText(".shown[data-of=fitting] >> visible=true"));
  const total = await page.evaluate(() => [...document.querySelector("noscript.rows-text").textContent.matchAll(/^<li /gm)].length);
  check(name, await until(async () => (await fitting()) === total), "not all rows fit at first");
  const first = await page.innerText("#rows > li small");
  await page.fill("input[name=search]", "no such text anywhere");
  check(name, await until(async () => (await fitting()) === 0 && (await shown()) === 0), "the search finds what is not there");
  await page.fill("input[name=search]", first.split(" ")[0]);
  check(name, await until(async () => (await fitting()) > 0), "the search does not find a rule");
  await page.click("button[type=reset]");
  check(name, await until(async () => (await fitting()) === total), "clearing does not bring all back");
  for (const [field, key] of [["rule", "r"], ["app", "a"]]) {
    const values = await page.$$eval(`select[name=${field}] option`, (options) => options.map((it) => it.value).filter(Boolean));
    let sum = 0;
    for (const value of values.slice(0, MANY)) {
      await page.selectOption(`select[name=${field}]`, value);
      const rows = await page.$$eval("#rows > li", (rows, key) => rows.map((row) => row.dataset[key]), key);
      check(name, rows.length > 0 && rows.every((it) => it === value), `the filter by ${field} ${value} shows others`);
      sum += await fitting();
    }
    check(name, sum <= total && (field !== "rule" || values.length > MANY || sum === total), `the parts by ${field} are not the whole: ${sum} of ${total}`);
    await page.selectOption(`select[name=${field}]`, "");
  }
  await page.uncheck("input[value=error]");
  await page.uncheck("input[value=info]");
  check(name, await until(async () => (await page.$$eval("#rows > li", (rows) => rows.every((row) => row.dataset.s === "warning")))), "the filter by severity shows others");
  await page.click("button[type=reset]");
  const at = (await page.innerText("#rows > li small code")).replace(/:\d+$/, "");
  await page.fill("input[name=path]", at);
  check(name, await until(async () => await page.$$eval("#rows > li", (rows, at) => rows.length > 0 && rows.every((row) => row.querySelector("small code").textContent.includes(at)), at)), "the filter by path shows others");
  await page.click("button[type=reset]");
  const all = page.locator(".more button").nth(1);
  if (await all.isVisible()) await all.click();
  check(name, await until(async () => (await shown()) === total), "not all rows can be shown");
  // What the repository wrote is text, in every row that was built and unfolded.
  const smuggled = await page.evaluate(() => {
    for (const row of document.querySelectorAll("#rows details")) row.open = true;
    return document.querySelectorAll("main :is(img, script, iframe, object, embed, link, style, base), main [onerror], main [onload]").length;
  });
  check(name, smuggled === 0, "a text of the repository became an element");
  await page.waitForTimeout(200);
  check(name, await until(async () => (await page.$$('#rows a[href^="#"]')).length === 0), "a link of an open row does not lead to the page of its rule");
  await context.close();
}

async function withoutScripts(name) {
  const { context, page } = await open(name, { javaScriptEnabled: false });
  const rows = await page.locator("ol.rows > li").count();
  const text = fs.readFileSync(path.join(folder, name), "utf8");
  check(name, rows === text.split("\n<li data-s=").length - 1, `without scripts ${rows} rows are there`);
  if (rows > 0) check(name, await page.locator("ol.rows > li").first().isVisible(), "without scripts rows are not seen");
  check(name, !(await page.locator("form.filters").isVisible().catch(() => false)), "without scripts there are filters that do nothing");
  await page.check("#lang-zh");
  check(name, /[\u4e00-\u9fff]/.test(await page.innerText("h1")), "without scripts the language cannot be chosen");
  await context.close();
}

async function fast(name) {
  const size = fs.statSync(path.join(folder, name)).size;
  const times = [];
  for (let run = 0; run < 3; run++) {
    const begin = performance.now();
    const { context, page } = await open(name);
    await page.click("#rows summary");
    const opened = performance.now() - begin;
    const [ready, searched, filtered, count] = await page.evaluate(() => {
      const settled = (act) => { const from = performance.now(); act(); document.body.getBoundingClientRect(); return performance.now() - from; };
      const { search, rule } = document.querySelector(".filters").elements;
      const changed = (field, value) => settled(() => { field.value = value; field.dispatchEvent(new Event("input", { bubbles: true })); });
      const searched = changed(search, "create_time");
      const filtered = changed(rule, rule.options[1].value);
      const count = [...document.querySelector("noscript.rows-text").textContent.matchAll(/^<li /gm)].length;
      return [Number(document.documentElement.dataset.ready), searched, filtered, count];
    });
    times.push({ opened, ready, searched, filtered, count });
    await context.close();
  }
  times.sort((a, b) => a.opened - b.opened);
  const { opened, ready, searched, filtered, count } = times[1];
  const ms = (value) => `${Math.round(value)} ms`;
  console.log(`${name}: ${count} findings, ${(size / 1e6).toFixed(2)} MB; interactive after ${ms(ready)} (a row opened by a click ${ms(opened)} after the start), first search ${ms(searched)}, filter ${ms(filtered)}`);
  check(name, count >= 5000, `only ${count} findings`);
  check(name, size < 5e6, `${size} bytes`);
  check(name, opened < BOUND, `interactive after ${ms(opened)}`);
  check(name, searched < BOUND && filtered < BOUND, "search or filter are slow");
}

if (pictures) fs.mkdirSync(pictures, { recursive: true });
const only = process.env.PAGES?.split(",");
const names = fs.readdirSync(folder).filter((name) => name.endsWith(".html") && (!only || only.includes(name))).sort();
check("tests/html", only || names.length >= 8, `too few pages in ${folder}: ${names}`);
for (const name of names) {
  if (name === "many.html") {
    await fast(name);
    await looks(name, "quick");
  } else {
    await looks(name);
    await switches(name);
    await keyboard(name);
    if (/<noscript class=/.test(fs.readFileSync(path.join(folder, name), "utf8"))) await filters(name);
  }
  await withoutScripts(name);
  if (pictures) console.log(`${name}: ${Math.round(performance.now() / 1000)} s`);
}
await browser.close();
console.log(`${names.length} pages, ${wrong.length} faults`);
for (const fault of wrong.slice(0, 60)) console.log(`- ${fault}`);
process.exit(wrong.length ? 1 : 0);
