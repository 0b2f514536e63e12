//go:build !purego

#include "textflag.h"

// func findPair(p unsafe.Pointer, n, first, second int, a, b, fold byte) (at int, mask uint32)
TEXT ·findPair(SB), NOSPLIT, $0-52
	MOVQ p+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ first+16(FP), R8
	MOVQ second+24(FP), R9
	ADDQ SI, R8
	ADDQ SI, R9
	VPBROADCASTB a+32(FP), Y0
	VPBROADCASTB b+33(FP), Y1
	VPBROADCASTB fold+34(FP), Y2
	XORQ AX, AX

loop:
	CMPQ AX, CX
	JAE  none
	VMOVDQU (R8)(AX*1), Y3
	VMOVDQU (R9)(AX*1), Y4
	VPOR Y2, Y3, Y3
	VPOR Y2, Y4, Y4
	VPCMPEQB Y0, Y3, Y3
	VPCMPEQB Y1, Y4, Y4
	VPAND Y3, Y4, Y3
	VPMOVMSKB Y3, DX
	TESTL DX, DX
	JNZ  found
	ADDQ $32, AX
	JMP  loop

none:
	XORL DX, DX

found:
	VZEROUPPER
	MOVQ AX, at+40(FP)
	MOVL DX, mask+48(FP)
	RET
