/**
 * `npm run bench`: measures ingest. `npm run bench -- cold`: how soon a new process can accept a line of a log of many ids.
 * `npm run bench -- memory`: what the id index takes in memory. Each file says which options it has.
 */
const [name, ...rest] = process.argv.slice(2);

if (name === 'cold' || name === 'memory') {
  process.argv.splice(2, process.argv.length, ...rest);
  await (name === 'cold' ? import('./coldStart.ts') : import('./idMemory.ts'));
} else {
  await import('./bench.ts');
}
