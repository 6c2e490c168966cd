// nginx in two parts: the upstream with the canned answer, and the proxy that is the yardstick.
import { mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { chatAnswer, embeddingsAnswer, messagesAnswer, modelsAnswer } from './canned.js';

/** Writes the config of the canned upstream and gives the arguments to start nginx with. */
export function upstreamArguments(folder, port) {
  return write(
    join(folder, 'nginx-upstream'),
    `
  server {
    listen 127.0.0.1:${port} backlog=4096;
    default_type application/json;
    location = /v1/chat/completions { return 200 '${chatAnswer}'; }
    location = /v1/messages { return 200 '${messagesAnswer}'; }
    location = /v1/embeddings { return 200 '${embeddingsAnswer}'; }
    location = /v1/models { return 200 '${modelsAnswer}'; }
  }`,
  );
}

/** Writes the config of the proxy: the canned upstream, and under /streaming/ the one that streams. */
export function proxyArguments(folder, { port, cannedPort, streamingPort }) {
  return write(
    join(folder, 'nginx-proxy'),
    `
  upstream canned { server 127.0.0.1:${cannedPort}; keepalive 512; keepalive_requests 1000000000; }
  upstream streaming { server 127.0.0.1:${streamingPort}; keepalive 512; keepalive_requests 1000000000; }
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / { proxy_pass http://canned; }
    location /streaming/ { proxy_pass http://streaming/; proxy_buffering off; }
  }`,
  );
}

function write(folder, servers) {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, `${preamble(folder)}${servers}\n}\n`);
  return ['-c', file, '-p', folder, '-e', 'stderr'];
}

function preamble(folder) {
  // Started by root, the worker would change to a user who may not enter the temporary folder.
  const user = process.getuid?.() === 0 ? `user ${userInfo().username};\n` : '';
  const scratch = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `${user}daemon off;
worker_processes 1;
pid ${join(folder, 'nginx.pid')};
error_log stderr crit;
events { worker_connections 4096; }
http {
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 60s;
  client_body_buffer_size 64k;
${scratch.map((name) => `  ${name}_temp_path ${join(folder, name)};`).join('\n')}
`;
}
