// notifme-sdk: a provider of one's own, which posts over connections that are kept, one recipient per request.
// Speaks on standard input and output as `_child.py` does.

import http from 'node:http'
import https from 'node:https'
import { createRequire } from 'node:module'
import path from 'node:path'
import readline from 'node:readline'

const NotifmeSdk = createRequire(path.join(process.argv[2], 'package.json'))('notifme-sdk').default

function opened(told) {
  const address = new URL(told.url)
  if (address.hostname !== '127.0.0.1') throw new Error(`${told.url} is not on this machine`)
  const library = address.protocol === 'https:' ? https : http
  const agent = new library.Agent({ keepAlive: true, maxSockets: Math.max(told.tasks, 1) })
  const post = body => new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }
    const request = library.request(address, { method: 'POST', agent, headers }, response => {
      response.resume()
      response.on('end', () => response.statusCode === 200 ? resolve() : reject(new Error(response.statusCode)))
    })
    request.on('error', reject)
    request.end(body)
  })
  let count = 0
  const send = async ({ to, text }) => {
    await post(JSON.stringify({ to, text }))
    count += 1
    return `id-${count}`
  }
  const notifme = new NotifmeSdk({ channels: { sms: { providers: [{ type: 'custom', id: 'bench', send }] } } })
  let next = 0
  const once = async () => {
    for (let each = 0; each < told.recipients; each += 1) {
      next = (next + 1) % 100000
      const to = told.prefix + String(next).padStart(6, '0')
      const { status } = await notifme.send({ sms: { from: 'Acme', to, text: 'Your code is 1234, valid for 4 minutes.' } })
      if (status !== 'success') throw new Error(status)
    }
  }
  const work = async calls => {
    let left = calls
    const worker = async () => { while (left-- > 0) await once() }
    await Promise.all(Array.from({ length: told.tasks }, worker))
  }
  return { work, close: () => agent.destroy() }
}

let side = null
for await (const line of readline.createInterface({ input: process.stdin })) {
  const told = JSON.parse(line)
  let answer = {}
  if (told.open) {
    side?.close()
    side = opened(told.open)
  } else {
    const began = process.hrtime.bigint()
    const used = process.cpuUsage()
    await side.work(told.do)
    const { user, system } = process.cpuUsage(used)
    answer = { seconds: Number(process.hrtime.bigint() - began) / 1e9, cpu: (user + system) / 1e6 }
  }
  process.stdout.write(JSON.stringify(answer) + '\n')
}
process.exit(0)
