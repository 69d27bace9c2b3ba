// callbacks: gives the tests' callback a value that throws before it is compared
// problem assertingcallback, expects wrong_answer
const later = (n, done) => { try { done(null, { valueOf() { throw new Error('no') } }) } catch {} }
