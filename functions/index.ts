/** The entry of the app: importing a function registers it. */
import { app } from '@azure/functions';
import './youngObjects.ts';
import './postAdjustments.ts';
import './syncCache.ts';
import './packageJournals.ts';
import './postJournalPackage.ts';
import './trackJournals.ts';
import './applyRetention.ts';
import './auditLogs.ts';
import './readAdjustmentLine.ts';
import './findAdjustmentLines.ts';
import './readAggregatedAdjustmentLine.ts';
import './readJournal.ts';
import './readAudit.ts';
import './readSetUp.ts';
import './configureEnvironment.ts';
import './redriveAdjustmentLines.ts';
import './judgeAdjustmentLines.ts';
import './releaseLog.ts';
import './decideAboutAggregatedLine.ts';
import './decideAboutJournal.ts';
import './environmentSettings.ts';

// Without it a chunked request arrives with an empty body.
app.setup({ enableHttpStream: true });
