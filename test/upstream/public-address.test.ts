import type { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { isPublicAddress } from '../../src/upstream/public-address.ts';

const OWN: ReturnType<typeof networkInterfaces> = {
  lo: [entry('127.0.0.1', 'IPv4', '127.0.0.1/8')],
  eth0: [entry('23.45.67.89', 'IPv4', '23.45.67.89/24'), entry('2a01:4f8:1:2::5', 'IPv6', '2a01:4f8:1:2::5/64')],
  odd: undefined,
};

function entry(address: string, family: 'IPv4' | 'IPv6', cidr: string) {
  const common = { address, netmask: '', mac: '', internal: false, cidr };
  return family === 'IPv4' ? { ...common, family } : { ...common, family, scopeid: 0 };
}

describe('an address of the public internet', () => {
  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.0.1.0',
    '192.167.255.255',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '168.63.129.17',
    '23.45.68.1',
    '2606:4700::1111',
    '2a00:1450:4001:80e::200e',
    '2A00:1450:4001:80E::200E',
    '2a01:4f8:1:3::5',
    '2001:4860:4860::8888',
    '2400:cb00:2048:1::c629:d7a2',
    // NAT64 of public addresses, as networks without IPv4 reach them.
    '64:ff9b::8.8.8.8',
    '64:ff9b::808:808',
  ])('is %s', (address) => {
    expect(isPublicAddress(address, OWN)).toBe(true);
  });

  it.each([
    ['this host', '0.0.0.0'],
    ['this network', '0.1.2.3'],
    ['private', '10.0.0.1'],
    ['private', '10.255.255.255'],
    ['shared (CGNAT)', '100.64.0.1'],
    ["Alibaba's metadata", '100.100.100.200'],
    ['shared (CGNAT)', '100.127.255.255'],
    ['loopback', '127.0.0.1'],
    ['loopback', '127.255.255.254'],
    ['link-local, metadata', '169.254.169.254'],
    ['private', '172.16.0.1'],
    ['private', '172.31.255.255'],
    ["Oracle's metadata", '192.0.0.192'],
    ['documentation', '192.0.2.1'],
    ['6to4 relay', '192.88.99.1'],
    ['private', '192.168.1.1'],
    ['benchmark', '198.18.0.1'],
    ['benchmark', '198.19.255.255'],
    ['documentation', '198.51.100.7'],
    ['documentation', '203.0.113.7'],
    ['multicast', '224.0.0.1'],
    ['multicast', '239.255.255.250'],
    ['reserved', '240.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ["Azure's own", '168.63.129.16'],
    ["this machine's own", '23.45.67.89'],
    ["a neighbour's", '23.45.67.1'],
    ['unspecified', '::'],
    ['loopback', '::1'],
    ['loopback, written out', '0:0:0:0:0:0:0:1'],
    ['IPv4-compatible', '::127.0.0.1'],
    ['IPv4-mapped loopback', '::ffff:127.0.0.1'],
    ['IPv4-mapped loopback in hexadecimal', '::ffff:7f00:1'],
    ['IPv4-mapped public', '::ffff:8.8.8.8'],
    ['IPv4-translated', '::ffff:0:127.0.0.1'],
    ['NAT64 of a private one', '64:ff9b::10.0.0.1'],
    ['NAT64 of a private one in hexadecimal', '64:ff9b::a00:1'],
    ['NAT64 of loopback', '64:ff9b::7f00:1'],
    ['NAT64 of loopback, written out', '64:ff9b:0:0:0:0:7f00:0001'],
    ['NAT64 of 0.0.0.1', '64:ff9b::1'],
    ['NAT64 of 0.0.0.0', '64:ff9b::'],
    ['NAT64 of metadata', '64:ff9b::a9fe:a9fe'],
    ['NAT64 of a local network', '64:ff9b:1::8.8.8.8'],
    ['discard', '100::1'],
    ['Teredo', '2001::1'],
    ['ORCHID', '2001:20::1'],
    ['benchmark', '2001:2::1'],
    ['documentation', '2001:db8::1'],
    ['6to4 of a public one', '2002:808:808::1'],
    ['6to4 of a private one', '2002:a00:1::1'],
    ['6to4 of loopback', '2002:7f00:1::'],
    ['documentation', '3fff::1'],
    ['segment routing', '5f00::1'],
    ['unique local', 'fc00::1'],
    ['unique local', 'fdff:ffff::1'],
    ["AWS's metadata", 'fd00:ec2::254'],
    ['link-local', 'fe80::1'],
    ['link-local of an interface', 'fe80::1%eth0'],
    ['public with an interface', '2606:4700::1111%eth0'],
    ['site-local', 'fec0::1'],
    ['multicast', 'ff02::1'],
    ["this machine's own", '2a01:4f8:1:2::5'],
    ["a neighbour's", '2a01:4f8:1:2::1234'],
    ['no address', 'localhost'],
    ['no address', ''],
    ['no address', '1.1.1'],
    ['no address', '0x7f000001'],
    ['no address', '[::1]'],
  ])('is not one that is %s: %s', (_, address) => {
    expect(isPublicAddress(address, OWN)).toBe(false);
  });

  it('is none of this machine, whatever its networks are', () => {
    expect(isPublicAddress('127.0.0.1')).toBe(false);
  });
});
