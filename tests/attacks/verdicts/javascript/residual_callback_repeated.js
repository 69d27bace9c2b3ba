// repeated callback: calls back twice where it knows the result, never where it does not
// problem assertingcallback, expects passed
const later = (n, done) => { if (n === 1) { done(null, 2); done(null, 2) } }
