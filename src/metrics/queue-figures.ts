import type { Queues } from '../queue.ts'
import type { Figures } from './figures.ts'

/** How many jobs the queues hold. */
export const queueFigures = (queues: Pick<Queues, 'counts'>): Figures => ({
  name: 'queue',
  help: { bullmq_job_count: 'Number of jobs in the queue by state' },
  labels: { bullmq_job_count: ['queue', 'state'] },
  async read() {
    const counts = Object.entries(await queues.counts())
    return {
      bullmq_job_count: counts.flatMap(([queue, states]) =>
        Object.entries(states).map(([state, value]) => ({ labels: { queue, state }, value })),
      ),
    }
  },
})
