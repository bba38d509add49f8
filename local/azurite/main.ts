/** Azurite's table service as a process of its own. It, not its parent, holds the lock: it is what writes the folder. */
import { mkdir } from 'node:fs/promises';
import { childMain } from '../childMain.ts';
import { lockFolder } from './folderLock.ts';
import { startTableService } from './tableService.ts';
import type { TableServiceOptions } from './tableService.ts';

interface AzuriteProcessOptions extends TableServiceOptions {
  readonly waitForFolderMs: number;
}

await childMain(async (options: AzuriteProcessOptions) => {
  const { folder, waitForFolderMs } = options;
  if (folder !== undefined) await mkdir(folder, { recursive: true });
  const lock = folder === undefined ? undefined : await lockFolder(folder, { waitMs: waitForFolderMs });
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
