// pieces: the rows of piece_rows.h for goroutines, on one processor.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	most   = 100000
	many   = 10000
	sleeps = 3
)

var (
	order [most]int
	work  int
)

func makeOrder() {
	var seed uint64 = 1
	for i := range order {
		order[i] = i
	}
	for i := many - 1; i > 0; i-- {
		seed = seed*6364136223846793005 + 1442695040888963407
		j := int((seed >> 33) % uint64(i+1))
		order[i], order[j] = order[j], order[i]
	}
}

func cpuNs() float64 {
	var used syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return float64(used.Utime.Nano() + used.Stime.Nano())
}

func yieldOften(each int) {
	for ; each > 0; each-- {
		runtime.Gosched()
	}
}

//go:noinline
func deep3() { runtime.Gosched(); work++ }

//go:noinline
func deep2() { deep3(); work++ }

//go:noinline
func deep(each int) {
	for ; each > 0; each-- {
		deep2()
		work++
	}
}

//go:noinline
func other1(each int) {
	for ; each > 0; each-- {
		work++
		deep3()
		work++
	}
}

//go:noinline
func other2(each int) {
	for ; each > 0; each-- {
		runtime.Gosched()
		work += 2
	}
}

//go:noinline
func other3(each int) {
	for ; each > 0; each-- {
		deep2()
		work += 3
	}
}

func yields(n, each int, kinds ...func(int)) float64 {
	var all sync.WaitGroup
	start := cpuNs()
	all.Add(n)
	for i := 0; i < n; i++ {
		fn := kinds[order[i]%len(kinds)]
		go func() { fn(each); all.Done() }()
	}
	all.Wait()
	return (cpuNs() - start) / float64(n*each)
}

func spawn(n, rounds int) float64 {
	var all sync.WaitGroup
	start := cpuNs()
	for r := 0; r < rounds; r++ {
		all.Add(n)
		for i := 0; i < n; i++ {
			go all.Done()
		}
		all.Wait()
	}
	return (cpuNs() - start) / float64(n*rounds)
}

func shuffled(each int) float64 {
	var all sync.WaitGroup
	gates := make([]chan bool, many)
	all.Add(many)
	for i := range gates {
		gate := make(chan bool)
		gates[i] = gate
		go func() { <-gate; yieldOften(each); all.Done() }()
	}
	runtime.Gosched()
	for _, i := range order[:many] {
		close(gates[i])
	}
	start := cpuNs()
	all.Wait()
	return (cpuNs() - start) / float64(many*each)
}

func sleep(n int) float64 {
	var used float64
	for warm := 1; warm >= 0; warm-- {
		var all sync.WaitGroup
		all.Add(n)
		for i := 0; i < n; i++ {
			ms := time.Duration(20+order[i]%100) * time.Millisecond
			go func() {
				for s := 0; s < sleeps; s++ {
					time.Sleep(ms)
				}
				all.Done()
			}()
		}
		runtime.Gosched()
		start := cpuNs()
		all.Wait()
		used = cpuNs() - start
	}
	return used / float64(n*sleeps)
}

func memory() (bytes float64) {
	status, _ := os.ReadFile("/proc/self/status")
	for _, line := range strings.Split(string(status), "\n") {
		words := strings.Fields(line)
		if len(words) > 1 && (words[0] == "VmRSS:" || words[0] == "VmPTE:") {
			kib, _ := strconv.ParseFloat(words[1], 64)
			bytes += kib * 1024
		}
	}
	return
}

func parked() float64 {
	var all sync.WaitGroup
	gate := make(chan bool)
	before := memory()
	all.Add(many)
	for i := 0; i < many; i++ {
		go func() { <-gate; all.Done() }()
	}
	runtime.Gosched()
	after := memory()
	close(gate)
	all.Wait()
	return (after - before) / many
}

func main() {
	runtime.GOMAXPROCS(1)
	makeOrder()
	scale, _ := strconv.Atoi(os.Args[2])
	rows := map[string]func() float64{
		"yield": func() float64 {
			return yields(2, 3000000/scale, yieldOften)
		},
		"deep": func() float64 { return yields(64, 50000/scale, deep) },
		"mixed": func() float64 {
			return yields(64, 50000/scale, deep, other1, other2, other3)
		},
		"spawn":     func() float64 { return spawn(1, 500000/scale) },
		"live_1000": func() float64 { return spawn(1000, 300/scale) },
		"live_order": func() float64 {
			return yields(many, 200/scale, yieldOften)
		},
		"live_shuffled": func() float64 { return shuffled(200 / scale) },
		"sleep_10k":     func() float64 { return sleep(many) },
		"sleep_100k":    func() float64 { return sleep(most) },
		"parked":        parked,
	}
	row, found := rows[os.Args[1]]
	if !found {
		os.Exit(3)
	}
	fmt.Printf("%.2f\n", row())
}
