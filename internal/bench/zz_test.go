package bench_test
import ("testing";"strings";"bytes";"sort";"fmt";"mtpipe/internal/bench")
func TestSeed(t *testing.T){
 for seed:=int64(1);seed<100000;seed++{
  var b bytes.Buffer
  bench.WriteAccessLog(&b, 8000, seed)
  m:=map[string]int{}
  for _,l:=range strings.Split(b.String(),"\n"){ if strings.Contains(l,"\" 500 "){ m[strings.Fields(l)[0]]++ } }
  var c []int; for _,n:=range m{c=append(c,n)}; sort.Sort(sort.Reverse(sort.IntSlice(c)))
  if len(c)>=4 && c[0]>=4 && c[1]==3 && c[0]>c[1] && c[2]==2 && c[3]<2 { fmt.Println(seed,c, strings.Count(b.String(),"\n")); return}
 }
}
