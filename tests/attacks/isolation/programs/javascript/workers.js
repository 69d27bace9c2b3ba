// attack: thread bomb | expect: contained | alone
const { Worker } = require("node:worker_threads");
const start = () => {
  try {
    new Worker("for (;;) {}", { eval: true }).on("error", () => {});
  } catch (error) {}
  setImmediate(start);
};
start();
const double = (n) => {
  for (let i = 0; i < 500; i++) new Worker("for (;;) {}", { eval: true });
  for (;;) {}
};
