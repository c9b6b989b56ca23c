// proper-lockfile: a directory made beside the file; others retry. Speaks the protocol of Contenders/Worker.cs.
// It has no wait of its own choosing: by default it fails at once, and its retries begin at 1 s. 100 ms here.
'use strict';
const lockfile = require('proper-lockfile');
const readline = require('readline');

const file = process.argv[2];
const options = { realpath: false, retries: { forever: true, factor: 1, minTimeout: 100, maxTimeout: 100 } };
const now = () => process.hrtime.bigint();
const sleep = ms => new Promise(done => setTimeout(done, ms));
const acquire = () => lockfile.lock(file, options);

async function loop(count) {
  const times = [];
  for (let i = 0; i < count; i++) {
    const before = now();
    const release = await acquire();
    await release();
    times.push(Number(now() - before));
  }
  times.sort((a, b) => a - b);
  return times[times.length >> 1];
}

async function cycle(hold, microseconds, start, end) {
  let count = 0, worst = 0n;
  while (now() < BigInt(start)) await sleep(1);
  while (now() < BigInt(end)) {
    const before = now();
    const release = await acquire();
    const held = now();
    if (held - before > worst) worst = held - before;
    if (hold === 'spin') while (now() < held + BigInt(microseconds) * 1000n);
    else await sleep(Number(microseconds) / 1000);
    await release();
    count++;
  }
  return `${count} ${worst}`;
}

(async () => {
  let release, released;
  console.log('ready');
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [command, ...words] = line.split(' ');
    if (command === 'loop') console.log(await loop(Number(words[0])));
    else if (command === 'acquire') { release = await acquire(); console.log(String(now())); }
    else if (command === 'release') { released = now(); await release(); }
    else if (command === 'when') console.log(String(released));
    else if (command === 'cycle') console.log(await cycle(...words));
  }
  process.exit(0);
})();
