// make-fetch-happen: npm's cache of HTTP answers. Reads the body to its end, which is what puts it into the cache.
'use strict';
const fetch = require('make-fetch-happen');

(async () => {
  const answer = await fetch(process.argv[2], { cachePath: process.argv[3] });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  let length = 0;
  for await (const chunk of answer.body) length += chunk.length;
  console.log(length);
})();
