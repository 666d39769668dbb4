// Firefox as it comes from the system, driven by WebDriver BiDi. One order a line on standard
// input, one answer a line on standard output; tests/browser/others.py gives the orders.

import { createInterface } from "node:readline";

import puppeteer from "puppeteer-core";

const [path, profile] = process.argv.slice(2);
const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath: path,
  userDataDir: profile,
  headless: true,
});
const [page] = await browser.pages();
await page.setViewport({ width: 390, height: 844 });

const faults = [];
page.on("pageerror", (error) => faults.push(String(error)));

const orders = {
  goto: (address) => page.goto(address, { waitUntil: "load" }).then(() => true),
  click: async (selector) => {
    const element = await page.waitForSelector(selector, { visible: true, timeout: 20_000 });
    await element.click();
    return true;
  },
  choose: async (selector, file) => {
    const input = await page.waitForSelector(selector, { timeout: 20_000 });
    await input.uploadFile(file);
    return true;
  },
  evaluate: (expression) => page.evaluate(`(async () => (${expression}))()`),
  faults: async () => faults,
};

process.stdout.write(`${JSON.stringify({ answer: await browser.version() })}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  const [order, ...given] = JSON.parse(line);
  let reply;
  try {
    reply = { answer: await orders[order](...given) };
  } catch (error) {
    reply = { error: String(error) };
  }
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}
await browser.close();
