/** Fails where the scripts that the web client begins with are larger, as they are sent, than is allowed. */
import { readFileSync, statSync } from 'node:fs';

const MOST_BYTES = 250_000;
const DIST = `${import.meta.dirname}/dist`;

const page = readFileSync(`${DIST}/index.html`, 'utf8');
const scripts = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map(([, name]) => name ?? '');
const size = scripts.reduce((sum, name) => sum + statSync(`${DIST}/${name}.gz`).size, 0);
if (scripts.length === 0 || size > MOST_BYTES) {
  console.error(`The web client begins with ${String(size)} bytes of scripts (gzip); ${String(MOST_BYTES)} are allowed.`);
  process.exit(1);
}
