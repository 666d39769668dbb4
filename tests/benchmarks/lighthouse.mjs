// Lighthouse in a Chromium that holds the participant's session; its report on standard output.
// Arguments as one line of JSON: { address, cookies: [{ name, value }], chromium, categories }.
// (Lighthouse's own extra headers replace the cookies of the page's own requests: they came as
// nobody's.)

import lighthouse from "lighthouse";
import puppeteer from "puppeteer-core";

const { address, cookies, chromium, categories } = JSON.parse(process.argv[2]);
const browser = await puppeteer.launch({
  executablePath: chromium,
  headless: true,
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
const { hostname } = new URL(address);
for (const { name, value } of cookies) {
  await browser.setCookie({ name, value, domain: hostname, path: "/" });
}
const { lhr } = await lighthouse(address, {
  port: Number(new URL(browser.wsEndpoint()).port),
  onlyCategories: categories,
  formFactor: "mobile",
  output: "json",
  logLevel: "error",
});
process.stdout.write(JSON.stringify(lhr));
await browser.close();
