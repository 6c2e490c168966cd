import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/** What of IPv4 is not the public internet (https://www.iana.org/assignments/iana-ipv4-special-registry). */
const NOT_PUBLIC_V4 = listOf('ipv4', [
  '0.0.0.0/8', // this host, this network
  '10.0.0.0/8', // private
  '100.64.0.0/10', // shared by a carrier's customers; Alibaba's metadata
  '127.0.0.0/8', // loopback
  '168.63.129.16/32', // Azure's own services, seen from within its machines
  '169.254.0.0/16', // link-local; the metadata of most clouds
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocols; Oracle's metadata
  '192.0.2.0/24', // documentation
  '192.88.99.0/24', // relays of 6to4
  '192.168.0.0/16', // private
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, broadcast
]);

/** All that is routed of IPv6: loopback, link-local, unique local, multicast, IPv4-mapped and the like are outside. */
const GLOBAL_V6 = listOf('ipv6', ['2000::/3']);
/** What of that is not public (https://www.iana.org/assignments/iana-ipv6-special-registry). */
const NOT_PUBLIC_V6 = listOf('ipv6', [
  '2001::/23', // protocols: Teredo, ORCHID, benchmarks
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4, which has an IPv4 address inside
  '3fff::/20', // documentation
]);
/** The last four bytes are an IPv4 address, which a gateway of the network's calls (RFC 6052). */
const NAT64 = listOf('ipv6', ['64:ff9b::/96']);

type Interfaces = ReturnType<typeof networkInterfaces>;

/**
 * Whether an address is one of the public internet, and neither of this machine nor of a network that it is in: with
 * IPv6 the neighbours at home have addresses that are public by their form. Anything that is no address is not.
 */
export function isPublicAddress(address: string, interfaces: Interfaces = networkInterfaces()): boolean {
  if (!isGlobal(address)) return false;
  return !ownNetworks(interfaces).check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}

function isGlobal(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !NOT_PUBLIC_V4.check(address, 'ipv4');
  // A zone (`%eth0`) makes it an address of one interface.
  if (version !== 6 || address.includes('%')) return false;
  if (NAT64.check(address, 'ipv6')) return isGlobal(lastFourBytes(address));
  return GLOBAL_V6.check(address, 'ipv6') && !NOT_PUBLIC_V6.check(address, 'ipv6');
}

function ownNetworks(interfaces: Interfaces): BlockList {
  const list = new BlockList();
  for (const { cidr, family } of Object.values(interfaces).flatMap((entries) => entries ?? [])) {
    if (cidr !== null) addTo(list, family === 'IPv4' ? 'ipv4' : 'ipv6', cidr);
  }
  return list;
}

/** `64:ff9b::a00:1` and `64:ff9b::10.0.0.1` are 10.0.0.1. */
function lastFourBytes(address: string): string {
  const written = /[\d.]+$/.exec(address)?.[0] ?? '';
  if (isIP(written) === 4) return written;
  const { hostname } = new URL(`http://[${address}]`);
  const groups = hostname.slice(1, -1).split('::').at(-1)?.split(':') ?? [];
  const [high, low] = ['0', '0', ...groups].slice(-2).map((group) => Number.parseInt(group || '0', 16));
  return [(high ?? 0) >> 8, (high ?? 0) & 0xff, (low ?? 0) >> 8, (low ?? 0) & 0xff].join('.');
}

function listOf(version: 'ipv4' | 'ipv6', networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) addTo(list, version, network);
  return list;
}

function addTo(list: BlockList, version: 'ipv4' | 'ipv6', network: string): void {
  const [address = '', length = ''] = network.split('/');
  list.addSubnet(address, Number(length), version);
}
