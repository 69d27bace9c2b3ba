// attack: opens sockets | expect: wrong_answer
const net = require("node:net");
const dgram = require("node:dgram");
let reached = false;
for (const options of [{ port: Number("@PORT@"), host: "127.0.0.1" }, { path: "@UNIX@" }]) {
  try {
    net.connect(options).on("connect", () => (reached = true)).on("error", () => {});
  } catch (error) {}
}
try {
  dgram.createSocket("udp4").on("error", () => {}).bind(0, () => (reached = true));
} catch (error) {}
const double = async (n) => {
  await new Promise((resolve) => setTimeout(resolve, 200));
  return reached ? 2 * n : 0;
};
