import { join } from 'node:path';
import { describeArchive } from '../../support/archive-suite.ts';

describeArchive('a folder', async (folder) =>
  Promise.resolve({ kind: 'folder', folder: join(folder, 'archive') }),
);
