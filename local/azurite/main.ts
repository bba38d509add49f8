/** Azurite's table service as a process of its own. It, not its parent, holds the lock: it is what writes the folder. */
import { mkdir } from 'node:fs/promises';
import { childMain } from '../childMain.ts';
import { lockFolder } from './folderLock.ts';
import { startTableService } from './tableService.ts';
import type { TableServiceOptions } from './tableService.ts';

/** How long a predecessor whose parent was killed may take to write its data. Milliseconds. */
const PREDECESSOR_MS = 15_000;

await childMain(async (options: TableServiceOptions) => {
  const { folder } = options;
  if (folder !== undefined) await mkdir(folder, { recursive: true });
  const lock = folder === undefined ? undefined : await lockFolder(folder, { waitMs: PREDECESSOR_MS });
  try {
    const service = await startTableService(options);
    return {
      ready: { port: service.port },
      close: async () => {
        await service.close();
        await lock?.release();
      },
    };
  } catch (error) {
    await lock?.release();
    throw error;
  }
});
