// iterator: never calls the callback in which the tests check
// problem nodecallback, expects wrong_answer
const later = (n, done) => { if (n === 1) done(null, 2); };
