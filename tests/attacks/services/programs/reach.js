// A connection needs the event loop, and an answer is not awaited: another process has one.
const script = `
const fs = require("node:fs");
const net = require("node:net");
let reached = 0;
const holds = (path) => { try { return fs.readFileSync(path).includes("@MARK@"); } catch { return false; } };
for (const path of "@FILES@".split(",")) reached += holds(path) ? 1 : 0;
reached += fs.readdirSync("/proc").some((name) => /^[0-9]+$/.test(name) && holds("/proc/" + name + "/environ")) ? 1 : 0;
const places = [
  ..."@HOSTS@".split(",").map((host) => ({ host: host.split(":")[0], port: Number(host.split(":")[1]) })),
  ..."@SOCKETS@".split(",").map((path) => ({ path: path.replace(/^@/, String.fromCharCode(0)) })),
];
for (const place of places) {
  try {
    const one = net.connect(place);
    one.on("connect", () => { reached += 1; one.destroy(); }).on("error", () => {});
  } catch {}
}
setTimeout(() => process.exit(reached >= @NEEDED@ ? 0 : 1), 1000);
`;
let isReached = false;
try {
  require("node:child_process").execFileSync(process.execPath, ["-e", script]);
  isReached = true;
} catch {}
