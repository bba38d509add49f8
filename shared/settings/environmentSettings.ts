/**
 * The settings of one environment: the article's "Manage the feature configuration", and what the product needs
 * beyond it. Stored per environment, validated, versioned by ETag; a JSON file seeds them.
 */

export type RecurrenceUnit = 'minute' | 'hour' | 'day' | 'week' | 'month';

/** "Job settings": when the journals are packaged. */
export interface JobSettings {
  /** First occurrence, an RFC 3339 instant. Occurrences are counted from it in `timeZone`. */
  readonly startTime: string;
  /** No run opens after this instant. Absent: no end. */
  readonly endTime?: string;
  readonly recurrenceInterval: number;
  readonly recurrenceUnit: RecurrenceUnit;
  /** IANA name, e.g. `Europe/Copenhagen`. */
  readonly timeZone: string;
}

export type TargetTransactionStatus = 'None' | 'Created' | 'Posted';

/** One row of "Fno integration mappings". */
export interface IntegrationMapping {
  readonly dataSource: string;
  readonly physicalMeasure: string;
  /** The only journal type there is so far. */
  readonly targetTransactionType: 'InventoryAdjustmentJournal';
  readonly targetTransactionStatus: TargetTransactionStatus;
  /** `opposite`: a positive quantity takes stock away (a measure such as *outbound* or *sold*). */
  readonly direction: 'same' | 'opposite';
  /** `scmDimensions` folds over dimensions that SCM has no column for. */
  readonly groupBy: 'allDimensions' | 'scmDimensions';
  /** Which lines may share an aggregated line: all alike, only those of one accepted day, of one external reference, or none. */
  readonly mergeGrain: 'all' | 'day' | 'externalReference' | 'never';
}

export interface DataSource {
  readonly name: string;
  readonly physicalMeasures: readonly string[];
  /** The data source's own dimension name → base dimension. Base dimension names are always understood. */
  readonly dimensionNames: Readonly<Record<string, string>>;
}

export interface LegalEntitySettings {
  readonly organizationId: string;
  /** IANA name; decides the day of acceptance. */
  readonly timeZone: string;
  readonly blankTransDate: 'accepted' | 'journal';
  /** Dates before this one lie in a closed period. */
  readonly openFrom?: { readonly date: string; readonly closedPeriod: 'send' | 'hold' | 'move' };
}

export interface CostPolicy {
  readonly aggregation: 'separate' | 'weightedAverage';
  /** SCM values issues itself; send the cost of issues (negative quantities) only where this is set. */
  readonly sendOnIssues: boolean;
}

/** How this side signs in to Dynamics. A secret is named by its app setting, never stored here. */
export type DynamicsCredential =
  | { readonly kind: 'managedIdentity'; readonly clientId?: string }
  | {
      readonly kind: 'clientSecret';
      readonly tenantId: string;
      readonly clientId: string;
      /** Name of the app setting that holds the secret. */
      readonly secretSetting: string;
    };

export interface InventoryVisibilitySettings {
  /** Root of the service, without a trailing slash. */
  readonly endpoint: string;
  /** Entra authority, e.g. `https://login.microsoftonline.com`. */
  readonly authority: string;
  /** Security-service token endpoint. */
  readonly securityService: string;
  /** Hosts that the service and the security service may redirect to: a name, or `*.name` for all below it. */
  readonly redirectHosts: readonly string[];
  readonly credential: DynamicsCredential;
  /** The window W: how long the service is taken to remember an event id. Hours. */
  readonly eventIdWindowHours: number;
  /** How long a request may still take effect after its token has expired. Seconds. */
  readonly processingBoundSeconds: number;
}

/** `service`: the entities made for Inventory Visibility, keyed by our line ids. `generic-v2`: those everybody uses. */
export type EntityProfile = 'service' | 'generic-v2';

/** What of a data package is not publicly documented, or an environment may have changed. */
export interface DataPackageSettings {
  /** Source data format, as data management names it. */
  readonly sourceFormat: 'CSV-Unicode' | 'XML-Element' | 'XML-Attribute';
  /** Labels of the entities; absent: those of the profile. */
  readonly headerLabel?: string;
  readonly lineLabel?: string;
  /** Names of the row elements in XML data; absent: those of the profile. */
  readonly headerElement?: string;
  readonly lineElement?: string;
  /** Staging columns of the offset. */
  readonly offsetDataSourceColumn: string;
  readonly offsetPhysicalMeasureColumn: string;
  /** Members of the enumeration of the expected status. */
  readonly expectedStatusCreated: string;
  readonly expectedStatusPosted: string;
  /** A data package that was exported from the environment's import project: the zip file in base64. */
  readonly template?: string;
}

export interface SupplyChainSettings {
  /** Root of the environment, without a trailing slash. */
  readonly url: string;
  readonly authority: string;
  readonly credential: DynamicsCredential;
  readonly entityProfile: EntityProfile;
  /** Profile `generic-v2`: SCM's number sequence numbers the journals, or our journal key is the number. */
  readonly journalNumberFrom: 'sequence' | 'journalKey';
  readonly dataPackage: DataPackageSettings;
  /** `recurring`: through the queue of a recurring data job. `package`: uploaded and imported by ImportFromPackage. */
  readonly transport: 'recurring' | 'package';
  /** Activity id of the recurring data job; transport `recurring` needs it. */
  readonly activityId?: string;
  /** Name of the data project that transport `package` imports into; SCM creates it. */
  readonly dataProject: string;
  /** `ImportFromPackage` answers once the package is unpacked, the other at once. */
  readonly importAction: 'ImportFromPackage' | 'ImportFromPackageAsync';
  /** Whether journal names in use delete their lines after posting. `unknown` forbids automatic re-sends. */
  readonly linesDeletedAfterPosting: 'yes' | 'no' | 'unknown';
  /** How long the outcome of a submission that was never acknowledged is waited for before it may be sent again. Seconds. */
  readonly unknownOutcomeSeconds: number;
  /** How often the posting job of SCM runs. Hours. */
  readonly postingJobEveryHours: number;
}

/** How long what is finished can be read. */
export interface RetentionSettings {
  /** Days after the last change of a run until its lines and journals are removed; 0: they are kept for ever. */
  readonly days: number;
}

/** A backlog that was closed when the sync job was switched on again: none of it is sent. */
export interface ClosedBacklog {
  /** What was accepted before this RFC 3339 instant and had not been sent. */
  readonly acceptedBefore: string;
  /** Of that only what is dated before this day, yyyy-MM-dd. Absent: all of it. */
  readonly datedBefore?: string;
}

export interface EnvironmentSettings {
  readonly environmentId: string;
  readonly enableFeature: boolean;
  readonly periodicallySynchronize: boolean;
  /** Minutes, 1–1440. */
  readonly synchronizationFrequency: number;
  readonly enableSyncJob: boolean;
  readonly jobSettings: JobSettings;
  /** 1–100,000. */
  readonly maxLineCountPerJournal: number;
  /** 1–1,000. */
  readonly maxJournalCountPerPackage: number;
  /** Uncompressed bytes of a data package's files. */
  readonly maxPackageBytes: number;
  readonly mappings: readonly IntegrationMapping[];
  readonly dataSources: readonly DataSource[];
  /** Base dimension → column of the SCM entity. Base dimensions without one stay here and in Inventory Visibility. */
  readonly scmDimensionColumns: Readonly<Record<string, string>>;
  readonly legalEntities: readonly LegalEntitySettings[];
  /** What holds for a legal entity that is not listed. */
  readonly defaultLegalEntity: Omit<LegalEntitySettings, 'organizationId'>;
  readonly costPolicy: CostPolicy;
  readonly limits: {
    /** Lines per request. */
    readonly maxLinesPerRequest: number;
    /** Bytes of a request body, after decompression. */
    readonly maxRequestBytes: number;
  };
  readonly inventoryVisibility: InventoryVisibilitySettings;
  readonly supplyChain: SupplyChainSettings;
  /** After storage went back in time: hold the outward hops until released, or go on at once. */
  readonly afterRewind: 'hold' | 'continue';
  readonly retention: RetentionSettings;
  /** Added to when the settings are replaced, and never taken away. */
  readonly closedBacklogs: readonly ClosedBacklog[];
}
