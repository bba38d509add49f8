/**
 * Runs before the npm scripts and says clearly when Node is too old. It is JavaScript because an old Node cannot even
 * read the TypeScript that everything else is written in.
 */
import { realpathSync } from 'node:fs';
import process from 'node:process';

const NEEDED = [22, 18];
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1])) {
  process.stderr.write(
    `This needs Node ${NEEDED.join('.')} or newer; it runs on ${process.versions.node} (${realpathSync(process.execPath)}). ` +
      'npm ci installs Node 24 for most platforms; for this one, install it from https://nodejs.org\n',
  );
  process.exitCode = 1;
}
