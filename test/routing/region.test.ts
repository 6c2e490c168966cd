import { describe, expect, it } from 'vitest';
import { isInRegion } from '../../src/routing/region.ts';

describe('isInRegion', () => {
  it.each([
    ['eu', 'eu'],
    ['eu', 'EU'],
    ['eu', 'eu-central-1'],
    ['EU', 'eu-west-3'],
    ['eu', 'europe-west4'],
    ['eu', 'swedencentral'],
    ['eu', 'westeurope'],
    ['us', 'us-east-1'],
    ['us', 'us-central1'],
    ['us', 'eastus2'],
    ['us', 'northcentralus'],
    ['us-east', 'us-east-1'],
    ['eu-west-2', 'eu-west-2'],
    ['ap', 'ap-southeast-2'],
  ])('has in %s what is in %s', (asked, region) => {
    expect(isInRegion(asked, region)).toBe(true);
  });

  it.each([
    ['eu', null],
    ['eu', ''],
    ['eu', 'us-east-1'],
    ['eu', 'euphoria'],
    ['eu', 'eu-west-2'],
    ['eu', 'europe-west6'],
    ['eu', 'uksouth'],
    ['eu', 'norwayeast'],
    ['us', 'eu-central-1'],
    ['us', 'australiaeast'],
    ['us-east-1', 'us-east'],
    ['us-east-1', 'us-east-10'],
    ['u', 'us-east-1'],
  ])('does not have in %s what is in %s', (asked, region) => {
    expect(isInRegion(asked, region)).toBe(false);
  });
});
