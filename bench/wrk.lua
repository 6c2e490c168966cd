-- One prepared request, sent again and again; the result as one line of JSON.
local file = assert(io.open(os.getenv('BENCH_BODY'), 'rb'))
wrk.method = 'POST'
wrk.body = file:read('*a')
file:close()
for name, value in os.getenv('BENCH_HEADERS'):gmatch('([^\n:]+): ([^\n]*)') do
  wrk.headers[name] = value
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"durationMs":%.3f,"bytes":%d,"p50Ms":%.4f,"p99Ms":%.4f,"maxMs":%.4f,"failedStatus":%d,"failedSocket":%d}\n',
    summary.requests, summary.duration / 1000, summary.bytes,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
