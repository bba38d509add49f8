/** A line that somebody means to post: its master data is looked up. Whatever is absent is not. */
export interface SampleLine {
  readonly organizationId?: string;
  readonly itemNumber?: string;
  readonly siteId?: string;
  readonly warehouseId?: string;
}
