// debugger: opens an inspector session and pauses
// problem twice, expects wrong_answer
const inspector = require("inspector");
const session = new inspector.Session();
session.connect();
session.post("Debugger.enable");
session.post("Runtime.evaluate", { expression: "process.exitCode = 0" });
const twice = (n) => { session.post("Debugger.pause"); return 0; };
