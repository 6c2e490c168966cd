/**
 * The European Union's regions that are not called `eu-…` or `europe-…`: Azure's, by its list of regions (2026).
 */
const EU_BY_OTHER_NAMES: ReadonlySet<string> = new Set([
  'austriaeast',
  'belgiumcentral',
  'denmarkeast',
  'francecentral',
  'francesouth',
  'germanynorth',
  'germanywestcentral',
  'italynorth',
  'northeurope',
  'polandcentral',
  'spaincentral',
  'swedencentral',
  'swedensouth',
  'westeurope',
]);

/** Called after Europe, and not in the Union: London and Zurich, at AWS and at Google. */
const NOT_EU: ReadonlySet<string> = new Set(['eu-west-2', 'eu-central-2', 'europe-west2', 'europe-west6']);

/** Azure's: `eastus`, `westus3`, `northcentralus`. */
const AZURE_US = /^[a-z]+us\d*$/;

/**
 * Whether a deployment's region is the one that is asked for or lies in it: `eu` has `eu-central-1` and `westeurope`,
 * `us-east` has `us-east-1`. `region`: `null`: nobody says where it computes, so it may be anywhere.
 */
export function isInRegion(asked: string, region: string | null): boolean {
  if (region === null) return false;
  if (region === asked) return true;
  const [area, place] = [asked.toLowerCase(), region.toLowerCase()];
  if (place === area) return true;
  switch (area) {
    case 'eu':
      return (/^(eu|europe)(-|$)/.test(place) && !NOT_EU.has(place)) || EU_BY_OTHER_NAMES.has(place);
    case 'us':
      return place.startsWith('us-') || AZURE_US.test(place);
    default:
      return place.startsWith(`${area}-`);
  }
}
